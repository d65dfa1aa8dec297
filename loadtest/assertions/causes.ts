import type { ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { isSameMetric } from "../model/metric.ts";
import {
  autoscalerOf,
  lastSeen,
  newest,
  peak,
  queueOf,
  replicasOf,
  type Sample,
  scaledObjectOf,
} from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { secondsOf } from "../model/sampleCoverage.ts";
import type { Workload } from "../model/workload.ts";
import { autoscalerFaults } from "./autoscalerFaults.ts";
import { type Inspected, messagesOn, mostMessages, ownQueue } from "./inspected.ts";
import { notStarting } from "./notStarting.ts";
import { peakMetrics, peakReadings } from "./peakMetrics.ts";
import { tooFewReplicas } from "./scaledObjectLimits.ts";

/** What the cluster's own objects say about why a workload did not reach a number of replicas; the likeliest first, empty when they say nothing. */
export function whyNotReached(samples: readonly Sample[], inspected: Inspected, required: number): Cause[] {
  const { workload } = inspected;
  const queue = ownQueue(inspected);
  const deployment = lastSeen(samples, (sample) => replicasOf(sample, workload));
  if (deployment?.kind === "absent") return [causeOf("deployment-missing", workload, {})];

  const causes = autoscalerFaults(samples, workload, queue !== null);
  const desired = peak(samples, (sample) => valueOf(replicasOf(sample, workload))?.desired);
  const ready = peak(samples, (sample) => valueOf(replicasOf(sample, workload))?.ready);
  if (desired !== undefined && ready !== undefined && desired >= required) {
    causes.push(causeOf("pods-not-ready", workload, { desired, ready }));
  }
  causes.push(...notStarting(samples, workload, inspected.pods), ...heldBack(samples, workload));
  const messages = queue === null ? Infinity : mostMessages(samples, queue);
  const scaledObject = newest(samples, (sample) => scaledObjectOf(sample, workload));
  if (scaledObject !== undefined && messages > 0) {
    causes.push(...tooFewReplicas(scaledObject, { messages, floor: required }));
    if (queue !== null) causes.push(...notPolledYet(samples, queue, scaledObject, desired ?? 0));
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  // KEDA's own HPA has the ScaledObject's maximum, and that has been said.
  if (autoscaler !== undefined && autoscaler.max < required && (scaledObject?.maxReplicas ?? required) >= required) {
    const params = { object: "HorizontalPodAutoscaler", maxReplicas: autoscaler.max, required } as const;
    causes.push(causeOf("max-replicas-below-required", autoscaler.name, params));
  }
  const plainHpa = scaledObject === undefined && queue === null;
  if (causes.length === 0 || plainHpa) causes.push(...peakReadings(samples, inspected));
  if (queue !== null && messages === 0) causes.push(causeOf("queue-never-held-messages", queue, {}));
  return causes;
}

/** What stands in a workload's way already, before its time is over: its autoscaler's faults, its pods', and a window that holds it back. */
export function whyNotYet(samples: readonly Sample[], { workload, pods, ...inspected }: Inspected): Cause[] {
  return [
    ...autoscalerFaults(samples, workload, ownQueue({ workload, pods, ...inspected }) !== null),
    ...notStarting(samples, workload, pods),
    ...heldBack(samples, workload),
  ];
}

/** The HPA itself says that its scale-up window has kept it from what it would have recommended. */
function heldBack(samples: readonly Sample[], workload: Workload): Cause[] {
  const state = samples
    .map((sample) => valueOf(autoscalerOf(sample, workload)))
    .findLast((one) => one?.conditions.AbleToScale?.reason === "ScaleUpStabilized");
  if (state === undefined) return [];
  const windowSeconds = state.scaleUp.stabilizationSeconds;
  const message = state.conditions.AbleToScale?.message ?? "";
  return [causeOf("hpa-scale-up-stabilized", state.name, { windowSeconds, message })];
}

/** KEDA polls the queue of an idle workload once in its polling interval; what was not polled long enough shows nothing. */
function notPolledYet(
  samples: readonly Sample[],
  queue: string,
  { name, minReplicas, idleReplicas, pollingIntervalSeconds }: ScaledObjectState,
  mostDesired: number,
): Cause[] {
  if (mostDesired > (idleReplicas ?? minReplicas)) return [];
  const firstMs = samples.find((sample) => (messagesOn(sample, queue) ?? 0) > 0)?.atMs;
  const waitedSeconds = secondsOf((samples.at(-1)?.atMs ?? 0) - (firstMs ?? 0));
  if (firstMs === undefined || waitedSeconds > pollingIntervalSeconds) return [];
  return [causeOf("polling-interval-not-elapsed", name, { pollingIntervalSeconds, waitedSeconds })];
}

/** What the cluster's own objects say about why a workload left the number of replicas that it should have kept. */
export function whyMoved(samples: readonly Sample[], inspected: Inspected, kept: number): Cause[] {
  const { workload } = inspected;
  const queue = ownQueue(inspected);
  const name = newest(samples, (sample) => autoscalerOf(sample, workload))?.name ?? workload;
  const recommended = peak(samples, (sample) => valueOf(autoscalerOf(sample, workload))?.desired);
  const causes: Cause[] = [];
  const messages = queue === null ? 0 : mostMessages(samples, queue);
  if (queue !== null && messages > 0) causes.push(causeOf("queue-held-messages", queue, { messages }));
  if (recommended !== undefined && recommended > kept) {
    causes.push(causeOf("hpa-recommended", name, { replicas: recommended }), ...peakReadings(samples, inspected));
    if (queue === null) causes.push(...followsQueue(samples, inspected));
  } else if (causes.length === 0) {
    const external = peakReadings(samples, inspected).filter(({ id }) => id === "external-metric-peak");
    causes.push(...(external.length > 0 ? external : [causeOf("hpa-recommended-no-change", name, {})]));
  }
  return causes;
}

/** The workload's own metric rose past its target only after messages had come for another one: then it is the queue's work that costs it. */
function followsQueue(samples: readonly Sample[], { workload, queue }: Inspected): Cause[] {
  if (queue === null) return [];
  const first = samples.findIndex((sample) => (messagesOn(sample, queue.name) ?? 0) > 0);
  if (first < 1) return [];
  const messages = mostMessages(samples, queue.name);
  const before = peakMetrics(samples.slice(0, first), workload);
  return peakMetrics(samples.slice(first), workload).flatMap((state) => {
    const { current, target } = state;
    const quiet = before.find(({ metric }) => isSameMetric(metric, state.metric))?.current ?? null;
    if (current === null || target === null || quiet === null || current <= target || quiet > target) return [];
    return [causeOf("metric-follows-queue", workload, { metric: state, emptyQueuePeak: quiet, messages })];
  });
}

/** What the cluster's own objects say about why a workload did not come back to its idle replicas. */
export function whyNotBack(samples: readonly Sample[], inspected: Inspected, idleReplicas: number): Cause[] {
  const { workload } = inspected;
  const queue = ownQueue(inspected);
  const causes = autoscalerFaults(samples, workload, queue !== null);
  if (queue !== null) {
    const messages = newest(samples, (sample) => queueOf(sample, queue))?.active;
    if (messages !== undefined && messages > 0) {
      causes.push(causeOf("queue-still-holds-messages", queue, { messages }));
    }
  }
  const scaledObject = newest(samples, (sample) => scaledObjectOf(sample, workload));
  if (scaledObject !== undefined) causes.push(...keptIdle(samples, inspected, scaledObject, idleReplicas));
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  const high = autoscaler?.metrics.filter(({ current, target }) => (current ?? 0) > (target ?? Infinity)) ?? [];
  const name = autoscaler?.name ?? workload;
  causes.push(...high.map((metric) => causeOf("hpa-metric-still-above-target", name, { metric })));
  return causes;
}

/** Why KEDA keeps replicas that have nothing to do. */
function keptIdle(
  samples: readonly Sample[],
  inspected: Inspected,
  { name, minReplicas, idleReplicas, cooldownSeconds }: ScaledObjectState,
  expected: number,
): Cause[] {
  const causes: Cause[] = [];
  const kept = idleReplicas ?? minReplicas;
  if (kept > expected) causes.push(causeOf("min-replicas-above-idle", name, { minReplicas: kept }));
  // A minimum that it idles at is the HPA's to keep, and no cooldown counts.
  if (kept > 0 && kept === minReplicas) return causes;
  const lastBusy = samples.findLastIndex((sample) => isBusy(sample, inspected));
  if (lastBusy === -1 && ownQueue(inspected) === null) return causes;
  const emptyMs = (samples.at(-1)?.atMs ?? 0) - (samples[lastBusy + 1]?.atMs ?? Infinity);
  if (emptyMs >= 0 && emptyMs <= cooldownSeconds * 1000) {
    causes.push(causeOf("cooldown-not-elapsed", name, { cooldownSeconds, emptySeconds: secondsOf(emptyMs) }));
  }
  return causes;
}

/** Whether there was work for it: messages on its queue, or a trigger that KEDA saw active. */
function isBusy(sample: Sample, inspected: Inspected): boolean {
  const queue = ownQueue(inspected);
  return queue === null
    ? valueOf(scaledObjectOf(sample, inspected.workload))?.conditions.Active?.status === "True"
    : (messagesOn(sample, queue) ?? 0) > 0;
}
