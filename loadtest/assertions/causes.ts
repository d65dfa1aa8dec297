import type { ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { isSameMetric } from "../model/metric.ts";
import { autoscalerOf, deploymentOf, lastSeen, newest, peak, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { secondsOf } from "../model/sampleCoverage.ts";
import type { Workload } from "../model/workload.ts";
import { autoscalerFaults, peakMetrics } from "./autoscalerFaults.ts";
import { tooFewReplicas } from "./scaledObjectLimits.ts";

/** What the cluster's own objects say about why a workload did not reach a number of replicas; the likeliest first, empty when they say nothing. */
export function whyNotReached(samples: readonly Sample[], workload: Workload, required: number): Cause[] {
  const deployment = lastSeen(samples, (sample) => deploymentOf(sample, workload));
  if (deployment?.kind === "absent") return [causeOf("deployment-missing", workload, {})];

  const causes = autoscalerFaults(samples, workload);
  const desired = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.desired);
  const ready = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.ready);
  if (desired !== undefined && ready !== undefined && desired >= required) {
    causes.push(causeOf("pods-not-ready", workload, { desired, ready }));
  }
  const messages = mostMessages(samples);
  const scaledObject =
    workload === "worker" ? newest(samples, (sample) => sample.readings.workerScaledObject) : undefined;
  if (scaledObject !== undefined && messages > 0) {
    causes.push(...tooFewReplicas(scaledObject, { messages, floor: required }));
    causes.push(...notPolledYet(samples, scaledObject, desired ?? 0));
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  if (autoscaler !== undefined) {
    // KEDA's own HPA has the ScaledObject's maximum, and that has been said.
    if (autoscaler.max < required && (scaledObject?.maxReplicas ?? required) >= required) {
      const params = { object: "HorizontalPodAutoscaler", maxReplicas: autoscaler.max, required } as const;
      causes.push(causeOf("max-replicas-below-required", workload, params));
    }
    if (causes.length === 0 || workload === "api") causes.push(...peakReadings(samples, workload));
  }
  if (workload === "worker" && messages === 0) causes.push(causeOf("queue-never-held-messages", "queue", {}));
  return causes;
}

/** KEDA polls the queue of a worker at 0 once in its polling interval; what was not polled long enough shows nothing. */
function notPolledYet(samples: readonly Sample[], scaledObject: ScaledObjectState, mostDesired: number): Cause[] {
  if (mostDesired > scaledObject.minReplicas) return [];
  const firstMs = samples.find(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0)?.atMs;
  const waitedSeconds = secondsOf((samples.at(-1)?.atMs ?? 0) - (firstMs ?? 0));
  const { pollingIntervalSeconds } = scaledObject;
  if (firstMs === undefined || waitedSeconds > pollingIntervalSeconds) return [];
  return [causeOf("polling-interval-not-elapsed", "worker", { pollingIntervalSeconds, waitedSeconds })];
}

/** What the cluster's own objects say about why a workload left the number of replicas that it should have kept. */
export function whyMoved(samples: readonly Sample[], workload: Workload, kept: number): Cause[] {
  const recommended = peak(samples, (sample) => valueOf(autoscalerOf(sample, workload))?.desired);
  const causes: Cause[] = [];
  const messages = mostMessages(samples);
  if (workload === "worker" && messages > 0) causes.push(causeOf("queue-held-messages", "queue", { messages }));
  if (recommended !== undefined && recommended > kept) {
    causes.push(causeOf("hpa-recommended", workload, { replicas: recommended }), ...peakReadings(samples, workload));
    if (workload === "api") causes.push(...followsQueue(samples, messages));
  } else if (causes.length === 0) {
    causes.push(causeOf("hpa-recommended-no-change", workload, {}));
  }
  return causes;
}

/** The API's own metric rose past its target only after messages had come: then it is the queue's work that costs it. */
function followsQueue(samples: readonly Sample[], messages: number): Cause[] {
  const first = samples.findIndex(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0);
  if (first < 1) return [];
  const before = peakMetrics(samples.slice(0, first), "api");
  return peakMetrics(samples.slice(first), "api").flatMap((state) => {
    const { current, target } = state;
    const quiet = before.find(({ metric }) => isSameMetric(metric, state.metric))?.current ?? null;
    if (current === null || target === null || quiet === null || current <= target || quiet > target) return [];
    return [causeOf("metric-follows-queue", "api", { metric: state, emptyQueuePeak: quiet, messages })];
  });
}

/** What the cluster's own objects say about why a workload did not come back. */
export function whyNotBack(samples: readonly Sample[], workload: Workload): Cause[] {
  const causes = autoscalerFaults(samples, workload);
  if (workload === "worker") {
    const messages = newest(samples, (sample) => sample.readings.queue)?.active;
    if (messages !== undefined && messages > 0) {
      causes.push(causeOf("queue-still-holds-messages", "queue", { messages }));
    }
    const scaledObject = newest(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject !== undefined) causes.push(...keptIdle(samples, scaledObject));
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  const high = autoscaler?.metrics.filter(({ current, target }) => (current ?? 0) > (target ?? Infinity)) ?? [];
  causes.push(...high.map((metric) => causeOf("hpa-metric-still-above-target", workload, { metric })));
  return causes;
}

/** Why KEDA keeps workers that have nothing to do. */
function keptIdle(samples: readonly Sample[], { minReplicas, cooldownSeconds }: ScaledObjectState): Cause[] {
  const causes: Cause[] = [];
  if (minReplicas > 0) causes.push(causeOf("min-replicas-above-idle", "worker", { minReplicas }));
  const lastBusy = samples.findLastIndex(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0);
  const emptyMs = (samples.at(-1)?.atMs ?? 0) - (samples[lastBusy + 1]?.atMs ?? Infinity);
  if (emptyMs >= 0 && emptyMs <= cooldownSeconds * 1000) {
    const params = { cooldownSeconds, emptySeconds: secondsOf(emptyMs) };
    causes.push(causeOf("cooldown-not-elapsed", "worker", params));
  }
  return causes;
}

function peakReadings(samples: readonly Sample[], workload: Workload): Cause[] {
  return peakMetrics(samples, workload).map((state) => {
    const { container } = state.metric;
    // The main container is named as its workload; another one is a sidecar.
    const isOther = container !== undefined && container !== workload;
    return causeOf(isOther ? "hpa-targets-other-container" : "hpa-metric-peak", workload, { metric: state });
  });
}

function mostMessages(samples: readonly Sample[]): number {
  return peak(samples, (sample) => valueOf(sample.readings.queue)?.active) ?? 0;
}
