import { formatCount } from "../format.ts";
import { metricText } from "./metricText.ts";
import type { Workload } from "../../model/workload.ts";
import { externalTriggers } from "../../model/autoscaling.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import type { LowerBoundId, LowerBoundReason, Timing, TimingId } from "../../model/timing.ts";

const NAMES: Readonly<Record<TimingId, string>> = {
  "scale-decision": "time to scale decision",
  "first-ready": "time to first ready",
  "first-processed": "time to first message processed",
  "all-desired": "time to all replicas desired",
  "all-ready": "time to all replicas ready",
  drained: "time to drain",
  idle: "time to idle",
};

const ENDS: Readonly<Record<Exclude<TimingId, "idle">, string>> = {
  "scale-decision": "more replicas desired",
  "first-ready": "more replicas ready",
  "first-processed": "first message processed",
  "all-desired": "all replicas desired",
  "all-ready": "all replicas ready",
  drained: "queue empty",
};

/** From which moments a workload's timings count: those of its queue, of the demand that KEDA sees, or of the load. */
export type TimedBy = "queue" | "keda" | "load";

export function timedBy(
  workload: Workload,
  { queue, autoscalingConfig }: Pick<ScenarioReport, "queue" | "autoscalingConfig">,
): TimedBy {
  if (queue?.workload === workload) return "queue";
  const triggers = autoscalingConfig?.workloads[workload]?.keda?.triggers ?? [];
  return externalTriggers(triggers).length > 0 ? "keda" : "load";
}

const FROM: Readonly<Record<TimedBy, string>> = { queue: "first message", keda: "first demand", load: "load" };
const IDLE_FROM: Readonly<Record<TimedBy, string>> = {
  queue: "queue empty",
  keda: "metric inactive",
  load: "load's end",
};

type Reasons = {
  readonly [Id in LowerBoundId]: (params: LowerBoundReason<Id>["params"]) => string;
};

const REASONS: Reasons = {
  "replicas-kept": ({ replicas }) => `${replicas} kept at all times`,
  "keda-poll": ({ pollingIntervalSeconds: poll }) =>
    `KEDA polls every ${poll} s: 0 s where a poll falls right after the first message, ${poll / 2} s on average, ${poll} s at most`,
  "container-start": ({ seconds }) =>
    `plus ${seconds} s from a pod's creation until its container runs, the shortest in this run to the second, and nothing for connecting and for the message itself`,
  "pod-start": ({ seconds }) =>
    `plus ${seconds} s from a pod's creation to ready, the shortest in this run to the second`,
  "first-processed-by-queue-length": () =>
    "seen when the queue first held less than before, which may be later while more keep coming",
  "hpa-scale-out": ({ path, policies, selectPolicy, stabilizationSeconds, syncSeconds }) => {
    const rules = policiesText(policies, selectPolicy, stabilizationSeconds);
    return (
      `${path.at(-1)} desired: ${path.join(" → ")} by the HPA's policies (${rules}), the first sync right when the queue calls for more, ` +
      `where an HPA is synced every ${syncSeconds} s (${syncSeconds / 2} s more on average)`
    );
  },
  "hpa-scale-in": ({ from, to, stabilizationSeconds, syncSeconds }) =>
    `${from} → ${to} by the HPA's policies with a window of ${stabilizationSeconds} s since the last reading that called for more, ` +
    `taken at the load's end, at syncs every ${syncSeconds} s; readings that lag behind come on top`,
  "keda-poll-of-metric": ({ pollingIntervalSeconds: poll }) =>
    `KEDA polls every ${poll} s: 0 s where a poll falls right after demand begins, ${poll / 2} s on average, ${poll} s at most`,
  "hpa-sync": ({ syncSeconds }) =>
    `the HPA asks KEDA for the metric at each sync, every ${syncSeconds} s: 0 s where a sync falls right after demand begins, ${syncSeconds / 2} s on average`,
  "hpa-policies": ({ path, policies, selectPolicy, stabilizationSeconds, syncSeconds }) =>
    `${path.at(-1)} desired: ${path.join(" → ")} by the HPA's policies (${policiesText(policies, selectPolicy, stabilizationSeconds)}), ` +
    `as if its metric had called for all of them at once, right at a sync, of which there is one every ${syncSeconds} s (${syncSeconds / 2} s more on average)`,
  "policies-prevent-scale-out": ({ replicas }) => `the HPA's policies never let it reach ${replicas}`,
  "demand-not-sampled": () =>
    "counted from the load's start, since neither its metric nor the condition Active was sampled: demand may have begun at any time since",
  "no-demand-seen": () => "neither its metric nor the condition Active ever showed demand",
  "scale-in-before-demand-ended": () =>
    "its HPA scales in, and counts from the last reading that called for more, which may lie before the end of demand",
  "keda-cooldown-of-metric": ({ cooldownSeconds, pollingIntervalSeconds: poll, maxSeconds }) =>
    `cooldown ${cooldownSeconds} s from the last poll that saw demand, ${poll} s before the condition Active turned false, ` +
    `acted on at a poll: ${maxSeconds - 2 * poll} to ${maxSeconds} s`,
  "keda-cooldown": ({ cooldownSeconds, pollingIntervalSeconds: poll, maxSeconds }) =>
    `cooldown ${cooldownSeconds} s from the last poll that saw a message, which may have been ${poll} s before the queue was empty, ` +
    `acted on at a poll: ${maxSeconds - 2 * poll} to ${maxSeconds} s`,
  "best-case-drain": ({ orders, arrivalSeconds, podStartSeconds, ordersPerSecondPerReplica }) =>
    `${formatCount(orders, "message")}, arriving within ${arrivalSeconds} s, by as many replicas as they call for and as fast as the policies allow, ` +
    `each ready ${podStartSeconds} s after it is desired and then at ${ordersPerSecondPerReplica} messages/s as measured in this run`,
  "cpu-average": (of) =>
    `${of.readPercent} % is what its pods were read to use at the most, together, at a target of ${of.targetPercent} %; a reading is an average over metrics-server's ` +
    `${of.resolutionSeconds} s: ${of.neededSeconds} s of such use suffice; the kubelet's ${of.housekeepingSeconds} s (its default; none where it asks the container runtime), those ${of.resolutionSeconds} s and the HPA's ` +
    `${of.syncSeconds} s add ${of.meanDelaySeconds} s on average`,
  "metric-without-average": ({ metric }) =>
    `${metricText(metric)} is no average over time: 0 s where a reading falls right after the load`,
  "no-autoscaler": () => "nothing scales it",
  "no-scaling-from-zero": () => "nothing scales it from 0",
  "no-hpa-seen": () => "no HPA of it was seen",
  "no-pod-start-seen": () => "no pod was seen to start in this run",
  "no-container-start-seen": () => "no container of it was seen to start",
  "no-reading-seen": () => "the reading on which the HPA scaled out was not seen",
  "never-scaled-out": ({ replicas }) => `never more than ${replicas} desired`,
  "recommendation-too-short": ({ replicas }) =>
    `the queue, as it was sampled, never called for ${replicas} long enough`,
  "never-drains": () => "the backlog would never drain",
  "policies-prevent-scale-in": () => "the HPA's policies never let it scale in",
  "no-backlog": () => "no backlog was seen",
  "load-not-ended": () => "the load never came to its end",
  "orders-unknown": () => "how many messages came is not known",
  "no-busy-worker": () => "no replica was seen at work on a backlog",
};

/** `worker time to first ready`. */
export function timingName({ id, workload }: Pick<Timing, "id" | "workload">): string {
  return `${workload} ${NAMES[id]}`;
}

/** For report.json. */
export function timingText(timing: Timing): { name: string; lowerBound: string } {
  return { name: timingName(timing), lowerBound: lowerBoundText(timing.lowerBound) };
}

/** From what to what it is measured. */
export function timingSpan(id: TimingId, by: TimedBy): string {
  if (id === "idle") return `${IDLE_FROM[by]} → idle replicas`;
  return `${FROM[by]} → ${by === "queue" ? ENDS[id].replace(/^more replicas/, "first replica") : ENDS[id]}`;
}

export function lowerBoundText(reasons: readonly LowerBoundReason[]): string {
  return reasons.map(reasonText).join("; ");
}

function reasonText<Id extends LowerBoundId>({ id, params }: LowerBoundReason<Id>): string {
  return REASONS[id](params);
}

function policiesText(
  policies: LowerBoundReason<"hpa-policies">["params"]["policies"],
  selectPolicy: LowerBoundReason<"hpa-policies">["params"]["selectPolicy"],
  stabilizationSeconds: number,
): string {
  const rules = policies
    .map(({ type, value, periodSeconds }) => `${type === "Pods" ? `+${value}` : `+${value} %`} in ${periodSeconds} s`)
    .join(selectPolicy === "Min" ? " and " : " or ");
  return stabilizationSeconds > 0 ? `${rules}, window ${stabilizationSeconds} s` : rules;
}
