import type { ScalingRules } from "../../loadtest/model/autoscaling.ts";
import type { MetricIdentity } from "../../loadtest/model/metric.ts";
import type { MetricProposal, ReplicaExplanation, Rule } from "../../loadtest/planner/explain.ts";

/** An explanation for people, a line for each of its parts. */
export function explanationText(workload: string, { replicas, proposals, rules }: ReplicaExplanation): string {
  const count =
    replicas === null
      ? "replicas not known"
      : `${replicas.desired} desired, ${replicas.replicas} there, ${replicas.ready} ready`;
  return [
    `${workload}: ${count}`,
    ...proposals.map((one) => `  ${proposalText(one)}`),
    ...rules.map((rule) => `  ${ruleText(rule)}`),
    "",
  ].join("\n");
}

function metricText({ kind, name, container }: MetricIdentity): string {
  if (kind === "ContainerResource") return `${name} of container ${container ?? ""}`;
  return kind === "Resource" ? `${name} of the pod` : name;
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

function proposalText({ metric, current, target, total, replicas, withinTolerance }: MetricProposal): string {
  const read = current === null ? "not read by its HPA" : `${rounded(current)} a replica`;
  const source = total === null ? "" : `, ${rounded(total)} at its source`;
  const aim = target === null ? "no target" : `target ${rounded(target)}`;
  const calls =
    replicas === null ? "" : withinTolerance ? `: within tolerance, stays at ${replicas}` : `: calls for ${replicas}`;
  return `${metricText(metric)}: ${read}${source}, ${aim}${calls}`;
}

const callsFor = (proposed: number | null): string => (proposed === null ? "" : `; its metrics call for ${proposed}`);

function policiesText({ policies, selectPolicy }: ScalingRules): string {
  if (selectPolicy === "Disabled") return "scaling in this direction is disabled";
  const each = policies.map(
    ({ type, value, periodSeconds }) => `${value}${type === "Percent" ? " %" : " pods"} in ${periodSeconds} s`,
  );
  return `${each.join(selectPolicy === "Max" ? " or " : " and ")}${policies.length > 1 ? `, the ${selectPolicy === "Max" ? "larger" : "smaller"}` : ""}`;
}

export function ruleText(rule: Rule): string {
  switch (rule.id) {
    case "paused":
      return `paused: ${rule.by.join(", ")}`;
    case "no-autoscaler":
      return "nothing scales it: no HPA and no ScaledObject names it";
    case "not-read":
      return `not known: ${rule.what} could not be read: ${rule.error}`;
    case "metric-failed":
      return `held: its HPA cannot read its metrics (${rule.reason}): ${rule.message}`;
    case "scaled-object-not-ready":
      return `held: its ScaledObject is not ready (${rule.reason}): ${rule.message}`;
    case "fallback":
      return "fallback: KEDA cannot read a trigger and keeps the fallback's replicas";
    case "idle":
      return `idle: no trigger is active, so KEDA keeps ${rule.replicas}`;
    case "poll":
      return `poll: a trigger is active; KEDA starts the first replica at its next poll, one every ${rule.pollingIntervalSeconds} s`;
    case "cooldown":
      return `cooldown: no trigger is active; KEDA scales in ${rule.cooldownSeconds} s after the last one was, at a poll (every ${rule.pollingIntervalSeconds} s)`;
    case "maximum":
      return `maximum: ${rule.replicas}${callsFor(rule.proposed)}`;
    case "minimum":
      return `minimum: ${rule.replicas}${callsFor(rule.proposed)}`;
    case "policy":
      return `policy: scaling ${rule.direction} by ${policiesText(rule.rules)}${callsFor(rule.proposed)}`;
    case "window":
      return `window: scaling ${rule.direction} waits until ${rule.seconds} s of recommendations agree${callsFor(rule.proposed)}`;
    case "tolerance":
      return "tolerance: the metric is within 10 % of its target";
    case "target":
      return "target: as many as its metrics call for";
    case "next-sync":
      return `sync: its metrics call for ${rule.proposed}; the HPA decides at its next sync, one every 15 s`;
    case "start":
      return `start: ${rule.desired - rule.ready} of ${rule.desired} pods are not ready yet`;
  }
}
