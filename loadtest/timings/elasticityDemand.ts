import type { AutoscalingConfig, WorkloadScaling } from "../model/autoscaling.ts";
import { scalingOf } from "../model/autoscaling.ts";
import { type Curve, valueAt } from "../model/curve.ts";
import type { DemandBasis, Elasticity } from "../model/elasticity.ts";
import { isResource, isSameMetric, type MetricIdentity, type MetricSelector, selectsMetric } from "../model/metric.ts";
import { autoscalerOf, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";
import { arrivedAt, measuredBacklog } from "./backlog.ts";
import { HOLD_MS, queueCurve, replicaCurve } from "./curves.ts";
import { HOUSEKEEPING_SECONDS } from "./hpaBounds.ts";
import { HPA_SYNC_SECONDS } from "./hpaPace.ts";
import { rounded } from "./lowerBound.ts";
import type { QueueFed } from "./signals.ts";
import { usedReplicas } from "./usage.ts";

/** Replicas that would just do, moment by moment, whole ones. */
export interface Demand {
  curve: Curve;
  from: Elasticity["demand"];
  basis: DemandBasis;
}

/** What a rounding error of a quotient may add to it. */
const EPSILON = 1e-9;

/**
 * Of a queue: what processes each message within `drainSeconds` of its arrival, at the pace that was measured. That is the messages which came within the last
 * `drainSeconds`, or those that wait where they are more, over that time; none once nothing comes and nothing waits. It does not depend on what the autoscaler
 * is told a replica can do.
 * @returns undefined where messages or pace are not known.
 */
export function queueDemand(
  recording: Recording,
  fed: QueueFed,
  { messages, drainSeconds }: { messages: number | null; drainSeconds: number },
): Demand | undefined {
  const backlog = measuredBacklog(recording, fed, messages);
  if ("id" in backlog) return undefined;
  const { loadStartMs, loadEndMs } = recording;
  const queue = queueCurve(recording.samples, fed.queue);
  const firstSeenMs = queue.find(({ atMs, value }) => atMs >= loadStartMs && value > 0)?.atMs ?? Infinity;
  const each = backlog.messagesPerSecondPerReplica * drainSeconds;
  const arrived = (atMs: number): number => (atMs < loadStartMs ? 0 : arrivedAt(recording, backlog.messages, atMs));
  const curve = queue.map(({ atMs, value: waiting }) => {
    const over = waiting === 0 && loadEndMs !== null && atMs >= loadEndMs;
    if (atMs < firstSeenMs || over) return { atMs, value: 0 };
    const came = arrived(atMs) - arrived(atMs - drainSeconds * 1000);
    return { atMs, value: wholeReplicas(Math.max(waiting, came) / each) };
  });
  return {
    curve,
    from: "drain-objective",
    basis: {
      id: "drain-objective",
      params: { drainSeconds, messagesPerSecondPerReplica: rounded(backlog.messagesPerSecondPerReplica) },
    },
  };
}

/**
 * Of any other workload, by the targets of its HPA that the scenario is about: CPU, else memory, else all others, of which the highest counts. From its idle
 * replicas to its maximum.
 * @returns undefined where it has no such target.
 */
export function targetDemand(
  recording: Recording,
  live: AutoscalingConfig,
  workload: Workload,
  selector: MetricSelector,
): Demand | undefined {
  const scaling = scalingOf(live, workload);
  const targets = scaling.targets.flatMap(({ metric, target }) =>
    target !== null && target > 0 && selectsMetric(selector, metric) ? [{ metric, target }] : [],
  );
  for (const resource of ["cpu", "memory"] as const) {
    const found = targets.find(({ metric }) => isResource(metric, resource));
    if (found === undefined) continue;
    const readingAgeSeconds = (HOUSEKEEPING_SECONDS + live.metricsResolutionSeconds + HPA_SYNC_SECONDS) / 2;
    const used = resourceCurve(recording, workload, found.metric, readingAgeSeconds * 1000);
    return {
      curve: within(scaling, used),
      from: resource,
      basis: { id: "resource-target", params: { ...found, readingAgeSeconds } },
    };
  }
  if (targets.length === 0) return undefined;
  return {
    curve: within(scaling, metricCurve(recording, workload, targets)),
    from: "metric",
    basis: { id: "metric-target", params: { targets } },
  };
}

function within({ idleReplicas, maxReplicas }: WorkloadScaling, curve: Curve): Curve {
  return curve.map(({ atMs, value }) => ({
    atMs,
    value: Math.min(maxReplicas, Math.max(idleReplicas, wholeReplicas(value))),
  }));
}

export function wholeReplicas(value: number): number {
  return Math.max(0, Math.ceil(value - EPSILON));
}

/**
 * What the ready replicas used together, over the target. A reading is taken for the moment of which it tells on average, with the replicas of that moment. The
 * last one holds until it was read. Without a ready replica nothing is used that could be read.
 */
function resourceCurve(recording: Recording, workload: Workload, metric: MetricIdentity, ageMs: number): Curve {
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const told = usedReplicas(recording, workload, metric, ageMs).filter(({ atMs }) => (valueAt(ready, atMs) ?? 0) > 0);
  const last = told.at(-1);
  if (last === undefined) return [];
  const held: { atMs: number; value: number }[] = [];
  for (let atMs = last.atMs + HOLD_MS; atMs <= last.atMs + ageMs; atMs += HOLD_MS) held.push({ ...last, atMs });
  return [...told, ...held];
}

/** The highest of several metrics, each over its target; a moment at which one of them is not known is not in it. */
function metricCurve(
  recording: Recording,
  workload: Workload,
  targets: readonly { metric: MetricIdentity; target: number }[],
): Curve {
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  return recording.samples.flatMap((sample) => {
    const needed = targets.flatMap(({ metric, target }) => {
      const total = metricTotal(sample, workload, metric, valueAt(ready, sample.atMs));
      return total === undefined ? [] : [total / target];
    });
    return needed.length === targets.length ? [{ atMs: sample.atMs, value: Math.max(...needed) }] : [];
  });
}

/** A metric of all replicas together: as external.metrics.k8s.io has it, else what the HPA read for each. */
function metricTotal(
  sample: Sample,
  workload: Workload,
  metric: MetricIdentity,
  ready: number | undefined,
): number | undefined {
  const external = valueOf(sample.workloads[workload]?.externalMetrics ?? { kind: "absent" });
  const found = metric.kind === "External" ? external?.find(({ name }) => name === metric.name) : undefined;
  if (found !== undefined) return found.value;
  const autoscaler = valueOf(autoscalerOf(sample, workload));
  const current = autoscaler?.metrics.find((one) => isSameMetric(one.metric, metric))?.current;
  const replicas = metric.kind === "External" ? autoscaler?.current : ready;
  // An HPA at 0 replicas reads nothing: what stands there is old.
  return current == null || replicas === undefined || replicas === 0 ? undefined : current * replicas;
}
