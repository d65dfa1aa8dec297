import {
  autoscalerOf,
  type AutoscalerState,
  deploymentOf,
  lastSeen,
  type MetricState,
  newest,
  peak,
  type Sample,
  type ScaledObjectState,
  valueOf,
  type Workload,
} from "./observed.ts";

/** What the cluster's own objects say about why a workload did not reach a number of replicas; the likeliest first, empty when they say nothing. */
export function whyNotReached(samples: readonly Sample[], workload: Workload, floor: number): string[] {
  const deployment = lastSeen(samples, (sample) => deploymentOf(sample, workload));
  if (deployment?.kind === "absent") return [`there is no Deployment ${workload}`];

  const causes = autoscalingTroubles(samples, workload);
  const wanted = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.wanted);
  const ready = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.ready);
  if (wanted !== undefined && ready !== undefined && wanted >= floor) {
    causes.push(`${wanted} were wanted and only ${ready} became ready: its pods do not start, or not in time`);
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  if (autoscaler !== undefined) {
    if (autoscaler.max < floor) causes.push(`HPA ${workload} allows ${autoscaler.max} replicas at the most`);
    if (causes.length === 0) causes.push(...peakReadings(samples, workload));
  }
  if (workload === "worker" && !((peak(samples, (sample) => valueOf(sample.readings.queue)?.active) ?? 0) > 0)) {
    causes.push("the queue was never seen to hold a message");
  }
  return causes;
}

/** What the cluster's own objects say about why a workload left the number of replicas that it should have kept. */
export function whyMoved(samples: readonly Sample[], workload: Workload, kept: number): string[] {
  const asked = peak(samples, (sample) => valueOf(autoscalerOf(sample, workload))?.desired);
  const causes: string[] = [];
  if (workload === "worker") {
    const waiting = peak(samples, (sample) => valueOf(sample.readings.queue)?.active) ?? 0;
    if (waiting > 0) causes.push(`the queue held up to ${waiting} messages`);
  }
  if (asked !== undefined && asked > kept) {
    causes.push(`HPA ${workload} asked for ${asked}`, ...peakReadings(samples, workload));
  } else if (causes.length === 0) {
    causes.push(`HPA ${workload} did not ask for it`);
  }
  return causes;
}

/** What the cluster's own objects say about why a workload did not come back. */
export function whyNotBack(samples: readonly Sample[], workload: Workload): string[] {
  const causes = autoscalingTroubles(samples, workload);
  if (workload === "worker") {
    const waiting = newest(samples, (sample) => sample.readings.queue)?.active;
    if (waiting !== undefined && waiting > 0) causes.push(`the queue still held ${waiting} messages`);
    const scaledObject = newest(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject !== undefined && scaledObject.minReplicas > 0) {
      causes.push(`ScaledObject worker keeps at least ${scaledObject.minReplicas}`);
    }
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  const high = autoscaler?.metrics.filter(({ current, target }) => (current ?? 0) > (target ?? Infinity)) ?? [];
  causes.push(...high.map((metric) => `HPA ${workload} still reads ${shown(metric)}`));
  return causes;
}

/** What keeps a workload's autoscaler from working at all. */
export function autoscalingTroubles(samples: readonly Sample[], workload: Workload): string[] {
  const causes: string[] = [];
  if (workload === "worker") {
    const scaledObject = lastSeen(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject?.kind === "absent") causes.push("there is no ScaledObject worker");
    if (scaledObject?.kind === "value") causes.push(...scaledObjectTroubles(scaledObject.value));
  }
  const autoscaler = lastSeen(samples, (sample) => autoscalerOf(sample, workload));
  if (autoscaler?.kind === "absent") causes.push(`its HPA ${workload} is absent`);
  if (autoscaler?.kind === "value") causes.push(...autoscalerTroubles(autoscaler.value, workload));
  return causes;
}

function scaledObjectTroubles(scaledObject: ScaledObjectState): string[] {
  const causes = scaledObject.pausedBy.map((annotation) => `ScaledObject worker is paused (annotation ${annotation})`);
  const ready = scaledObject.conditions.Ready;
  if (ready !== undefined && ready.status !== "True") {
    causes.push(`ScaledObject worker is not ready: ${ready.reason}: ${ready.message}`);
  }
  const fallback = scaledObject.conditions.Fallback;
  if (fallback?.status === "True") {
    causes.push(`ScaledObject worker has fallen back: ${fallback.reason}: ${fallback.message}`);
  }
  return causes;
}

function autoscalerTroubles(autoscaler: AutoscalerState, workload: Workload): string[] {
  return ["AbleToScale", "ScalingActive"].flatMap((type) => {
    const condition = autoscaler.conditions[type];
    // Of a workload at 0 an HPA says "ScalingDisabled", and that is how it has to be.
    if (condition?.status !== "False" || condition.reason === "ScalingDisabled") return [];
    return [`HPA ${workload}: ${condition.reason}: ${condition.message}`];
  });
}

function peakReadings(samples: readonly Sample[], workload: Workload): string[] {
  const peaks = new Map<string, MetricState>();
  for (const sample of samples) {
    for (const metric of valueOf(autoscalerOf(sample, workload))?.metrics ?? []) {
      const before = peaks.get(metric.name);
      if (before === undefined || (metric.current ?? -1) > (before.current ?? -1)) peaks.set(metric.name, metric);
    }
  }
  return [...peaks.values()].map((metric) => `HPA ${workload} read at most ${shown(metric)}`);
}

function shown({ name, current, target }: MetricState): string {
  return `${name} ${current ?? "nothing"} (target ${target ?? "none"})`;
}
