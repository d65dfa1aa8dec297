import type { AutoscalerState, MetricState, ScaledObjectState } from "../model/autoscaling.ts";
import { type Sample, autoscalerOf, deploymentOf, lastSeen, newest, peak } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

/** What is expected of the worker's autoscaler, whatever is configured. */
export interface Expected {
  /** The backlog, in messages. */
  messages: number;
  /** Replicas that such a backlog has to bring at least. */
  floor: number;
  /** From a backlog to the first ready worker, at the most. */
  firstWorkerSeconds: number;
  /** From an empty queue until the idle workers are gone, at the most. */
  idleWorkersGoneSeconds: number;
}

/**
 * Why a ScaledObject cannot do what is expected however well everything works, each with the field that says so; empty when it can. Needs no load, nor
 * even a cluster.
 */
export function scalerCannot(scaledObject: ScaledObjectState, expected: Expected, name = "worker"): string[] {
  const { pollingIntervalSeconds, cooldownSeconds } = scaledObject;
  const { firstWorkerSeconds, idleWorkersGoneSeconds } = expected;
  const causes = tooFew(scaledObject, expected, name);
  if (pollingIntervalSeconds >= firstWorkerSeconds) {
    causes.push(
      `ScaledObject ${name} looks at the queue every ${pollingIntervalSeconds} s only while there is no worker (pollingInterval), and the first worker has to be ready ${firstWorkerSeconds} s after a backlog`,
    );
  }
  if (cooldownSeconds > idleWorkersGoneSeconds) {
    causes.push(
      `ScaledObject ${name} keeps idle workers for ${cooldownSeconds} s (cooldownPeriod), and they have to be gone after ${idleWorkersGoneSeconds} s`,
    );
  }
  return causes;
}

/** Why a ScaledObject never wants so many replicas for so many messages. */
function tooFew(
  { maxReplicas, messagesPerReplica, activationMessages }: ScaledObjectState,
  { messages, floor }: Pick<Expected, "messages" | "floor">,
  name = "worker",
): string[] {
  const causes: string[] = [];
  if (maxReplicas < floor) {
    causes.push(`ScaledObject ${name} allows ${counted(maxReplicas, "replica")} at the most (maxReplicaCount)`);
  }
  if (activationMessages !== null && messages <= activationMessages) {
    causes.push(
      `ScaledObject ${name} starts no worker for up to ${activationMessages} messages (activationMessageCount), and ${messages} wait`,
    );
  }
  if (messagesPerReplica !== null && Math.ceil(messages / messagesPerReplica) < floor) {
    const wants = Math.ceil(messages / messagesPerReplica);
    causes.push(
      `ScaledObject ${name} asks for one replica for each ${messagesPerReplica} messages (messageCount), so that ${messages} messages want ${wants}`,
    );
  }
  return causes;
}

/** What the cluster's own objects say about why a workload did not reach a number of replicas; the likeliest first, empty when they say nothing. */
export function whyNotReached(samples: readonly Sample[], workload: Workload, floor: number): string[] {
  const deployment = lastSeen(samples, (sample) => deploymentOf(sample, workload));
  if (deployment?.kind === "absent") return [`there is no Deployment ${workload}`];

  const causes = autoscalingTroubles(samples, workload);
  const desired = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.desired);
  const ready = peak(samples, (sample) => valueOf(deploymentOf(sample, workload))?.ready);
  if (desired !== undefined && ready !== undefined && desired >= floor) {
    causes.push(`${desired} were desired and only ${ready} became ready: its pods do not start, or not in time`);
  }
  const mostWaiting = peak(samples, (sample) => valueOf(sample.readings.queue)?.active) ?? 0;
  const scaledObject =
    workload === "worker" ? newest(samples, (sample) => sample.readings.workerScaledObject) : undefined;
  if (scaledObject !== undefined && mostWaiting > 0) {
    causes.push(...tooFew(scaledObject, { messages: mostWaiting, floor }));
    causes.push(...notAskedYet(samples, scaledObject, desired ?? 0));
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  if (autoscaler !== undefined) {
    // KEDA's own HPA has the ScaledObject's maximum, and that has been said.
    if (autoscaler.max < floor && (scaledObject?.maxReplicas ?? floor) >= floor) {
      causes.push(`HPA ${workload} allows ${counted(autoscaler.max, "replica")} at the most (maxReplicas)`);
    }
    if (causes.length === 0 || workload === "api") causes.push(...peakReadings(samples, workload));
  }
  if (workload === "worker" && mostWaiting === 0) causes.push("the queue was never seen to hold a message");
  return causes;
}

/** KEDA looks at the queue of a worker at 0 once in its polling interval; what was not looked at long enough shows nothing. */
function notAskedYet(samples: readonly Sample[], scaledObject: ScaledObjectState, mostDesired: number): string[] {
  if (mostDesired > scaledObject.minReplicas) return [];
  const firstMs = samples.find(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0)?.atMs;
  const waitedSeconds = Math.round(((samples.at(-1)?.atMs ?? 0) - (firstMs ?? 0)) / 1000);
  const { pollingIntervalSeconds } = scaledObject;
  if (firstMs === undefined || waitedSeconds > pollingIntervalSeconds) return [];
  return [
    `ScaledObject worker looks at the queue every ${pollingIntervalSeconds} s only while there is no worker (pollingInterval), and messages waited for ${waitedSeconds} s`,
  ];
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
    if (workload === "api") causes.push(...followsTheQueue(samples));
  } else if (causes.length === 0) {
    causes.push(`HPA ${workload} did not ask for it`);
  }
  return causes;
}

/** The API's own signal rose past its target only after messages had come: then it is the queue's work that costs it. */
function followsTheQueue(samples: readonly Sample[]): string[] {
  const first = samples.findIndex(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0);
  if (first < 1) return [];
  const most = peak(samples, (sample) => valueOf(sample.readings.queue)?.active) ?? 0;
  const before = peakMetrics(samples.slice(0, first), "api");
  return [...peakMetrics(samples.slice(first), "api").values()].flatMap(({ name, current, target }) => {
    const quiet = before.get(name)?.current ?? null;
    if (current === null || target === null || quiet === null || current <= target || quiet > target) return [];
    return [
      `${name} follows the queue: ${quiet} % at the most while the queue was empty, ${current} % while it held up to ${most} messages; the API does work of the queue's`,
    ];
  });
}

/** What the cluster's own objects say about why a workload did not come back. */
export function whyNotBack(samples: readonly Sample[], workload: Workload): string[] {
  const causes = autoscalingTroubles(samples, workload);
  if (workload === "worker") {
    const waiting = newest(samples, (sample) => sample.readings.queue)?.active;
    if (waiting !== undefined && waiting > 0) causes.push(`the queue still held ${waiting} messages`);
    const scaledObject = newest(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject !== undefined) causes.push(...keptBy(samples, scaledObject));
  }
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, workload));
  const high = autoscaler?.metrics.filter(({ current, target }) => (current ?? 0) > (target ?? Infinity)) ?? [];
  causes.push(...high.map((metric) => `HPA ${workload} still reads ${shown(metric)}`));
  return causes;
}

/** Why KEDA leaves workers that have nothing to do. */
function keptBy(samples: readonly Sample[], { minReplicas, cooldownSeconds }: ScaledObjectState): string[] {
  const causes: string[] = [];
  if (minReplicas > 0) causes.push(`ScaledObject worker keeps at least ${minReplicas} (minReplicaCount)`);
  const lastBusy = samples.findLastIndex(({ readings: { queue } }) => (valueOf(queue)?.active ?? 0) > 0);
  const emptyMs = (samples.at(-1)?.atMs ?? 0) - (samples[lastBusy + 1]?.atMs ?? Infinity);
  if (emptyMs >= 0 && emptyMs <= cooldownSeconds * 1000) {
    causes.push(
      `ScaledObject worker keeps idle workers for ${cooldownSeconds} s (cooldownPeriod), and the queue had been empty for ${Math.round(emptyMs / 1000)} s`,
    );
  }
  return causes;
}

/** What makes orders vanish that the bus had accepted, as far as it can be told from outside. */
export function whyLost(): string {
  return (
    "the bus no longer has them, so a worker completed their messages, and none was committed: it completes a message before it has fulfilled and committed the order, " +
    "so that whatever is in hand at a kill is lost (complete last, src/worker/processing.ts), or Redis has forgotten commits"
  );
}

/** What it means that a pod which was scaled in ended with another exit code than 0. */
export function whyLeftUndrained(): string {
  return (
    "the worker does not drain: told to stop (SIGTERM) it left with messages in hand, which nobody gets until their locks run out; " +
    "it has to stop receiving, finish or give back what it has, and leave with 0 (src/shared/lifecycle.ts)"
  );
}

/** What keeps a workload's autoscaler from working at all. */
export function autoscalingTroubles(samples: readonly Sample[], workload: Workload): string[] {
  const causes: string[] = [];
  if (workload === "worker") {
    const scaledObject = lastSeen(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject?.kind === "absent") causes.push(withoutScaledObject(samples));
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

/** A worker without a ScaledObject may have another autoscaler, which is then what it follows. */
function withoutScaledObject(samples: readonly Sample[]): string {
  const autoscaler = newest(samples, (sample) => sample.readings.workerAutoscaler);
  if (autoscaler === undefined) return "there is no ScaledObject worker";
  const metrics = [...peakMetrics(samples, "worker").values()].map(
    ({ name, current, target }) => `${name}, which read at most ${percent(current)} (target ${percent(target)})`,
  );
  return `Deployment worker is scaled by an HPA on ${metrics.join(" and ")} and not by the queue's length: there is no ScaledObject worker`;
}

function peakMetrics(samples: readonly Sample[], workload: Workload): Map<string, MetricState> {
  const peaks = new Map<string, MetricState>();
  for (const sample of samples) {
    for (const metric of valueOf(autoscalerOf(sample, workload))?.metrics ?? []) {
      const before = peaks.get(metric.name);
      if (before === undefined || (metric.current ?? -1) > (before.current ?? -1)) peaks.set(metric.name, metric);
    }
  }
  return peaks;
}

function peakReadings(samples: readonly Sample[], workload: Workload): string[] {
  return [...peakMetrics(samples, workload).values()].map((metric) => {
    const [, resource, container] = /^(.+) of container (.+)$/.exec(metric.name) ?? [];
    // The main container is named as its workload; another one is a sidecar.
    if (resource !== undefined && container !== undefined && container !== workload) {
      return `HPA ${workload} looks at container ${container} and not at ${workload}: its ${resource} read at most ${percent(metric.current)} (target ${percent(metric.target)})`;
    }
    return `HPA ${workload} read at most ${shown(metric)}`;
  });
}

function percent(value: number | null): string {
  return value === null ? "nothing" : `${value} %`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function shown({ name, current, target }: MetricState): string {
  return `${name} ${current ?? "nothing"} (target ${target ?? "none"})`;
}
