import type { ScaledObjectState } from "../model/autoscaling.ts";
import { isSameMetric, type MetricIdentity, type MetricState } from "../model/metric.ts";
import { autoscalerOf, queueOf, replicasOf, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import { unitOf } from "./amount.ts";
import type { Signal, Value } from "./chartData.ts";
import { missingIn, pick } from "./columns.ts";
import { metricText } from "./texts/metricText.ts";

/** Which workload each queue feeds. */
export type Feeds = Readonly<Record<string, Workload>>;

/** Within this share of its target a metric recommends no change: `--horizontal-pod-autoscaler-tolerance` as it is by default. */
const TOLERANCE = 0.1;
/** KEDA's names of its HPA's external metrics begin with the trigger's index. */
const KEDA_METRIC = /^s(\d+)-/;

/** What is known of it, and where nothing is, what the triggers say: a queue feeds the only workload that has a trigger of its name. */
export function queueFeeds(samples: readonly Sample[], known: Feeds): Feeds {
  const feeds: Record<string, Workload> = { ...known };
  for (const queue of queueNames(samples)) {
    if (feeds[queue] !== undefined) continue;
    const watching = new Set(
      samples.flatMap((sample) =>
        Object.keys(sample.workloads).filter((workload) => {
          const scaledObject = scaledObjectOf(sample, workload);
          return scaledObject.kind === "value" && scaledObject.value.triggers.some((one) => one.queue === queue);
        }),
      ),
    );
    const [workload] = watching;
    if (workload !== undefined && watching.size === 1) feeds[queue] = workload;
  }
  return feeds;
}

/** The queues that feed no workload that is known. */
export function unfedQueues(samples: readonly Sample[], feeds: Feeds): Signal[] {
  return queueNames(samples)
    .filter((queue) => feeds[queue] === undefined)
    .map((queue) => queueSignal(samples, queue, queueSignalName(queue, true), () => undefined));
}

/** What a workload scales on: the queues that feed it first, then its HPA's metrics, by the identities that it was ever seen to have. */
export function signalsOf(samples: readonly Sample[], workload: Workload, feeds: Feeds): Signal[] {
  const queues = queueNames(samples).filter((queue) => feeds[queue] === workload);
  const watched = new Map<number, string>();
  const ofQueues = queues.map((queue) => {
    const index = triggerIndex(samples, workload, queue, queues.length);
    if (index !== undefined) watched.set(index, queue);
    return queueSignal(samples, queue, queueSignalName(queue, queues.length > 1), (sample) =>
      messagesTarget(sample, workload, index),
    );
  });
  const metrics = identitiesOf(samples, workload).filter((metric) => !isOfQueue(metric, watched));
  const ofMetrics = metrics.map((metric) => metricSignal(samples, workload, metric, metrics));
  return [...ofQueues, ...ofMetrics];
}

function queueNames(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap((sample) => Object.keys(sample.queues)))];
}

function queueSignalName(queue: string, several: boolean): string {
  return several ? `messages on ${queue}` : "messages";
}

/** A queue is charted as its source counts it: the external metric of its trigger would be the same curve again. */
function isOfQueue({ kind, name }: MetricIdentity, watched: ReadonlyMap<number, string>): boolean {
  const index = KEDA_METRIC.exec(name)?.[1];
  return kind === "External" && index !== undefined && watched.has(Number(index));
}

/** The index of the trigger that watches a queue; of the only queue that feeds it, else the first that names a queue. */
function triggerIndex(
  samples: readonly Sample[],
  workload: Workload,
  queue: string,
  queues: number,
): number | undefined {
  const read = samples.map((sample) => scaledObjectOf(sample, workload)).findLast(({ kind }) => kind === "value");
  // Without one it may be an HPA that KEDA made, whose first metric is that of the first trigger.
  if (read?.kind !== "value") return queues > 1 ? undefined : 0;
  const { triggers } = read.value;
  const named = triggers.findIndex((trigger) => trigger.queue === queue);
  const first = queues > 1 ? -1 : triggers.findIndex((trigger) => trigger.queue !== null);
  const index = named >= 0 ? named : first;
  return index >= 0 ? index : undefined;
}

/** Messages that one replica gets, from the ScaledObject, else from KEDA's HPA; undefined where nothing says. */
function messagesTarget(sample: Sample, workload: Workload, index: number | undefined): Value | undefined {
  const scaledObject = scaledObjectOf(sample, workload);
  if (scaledObject.kind === "value") return targetOf(scaledObject.value, index);
  return pick(
    autoscalerOf(sample, workload),
    ({ metrics }) =>
      metrics.find(({ metric }) => metric.kind === "External" && KEDA_METRIC.exec(metric.name)?.[1] === String(index))
        ?.target ?? null,
  );
}

/** With a formula the queue by itself recommends nothing. */
function targetOf({ triggers, formula }: ScaledObjectState, index: number | undefined): Value {
  return formula !== null || index === undefined ? null : (triggers[index]?.target ?? null);
}

function queueSignal(
  samples: readonly Sample[],
  queue: string,
  name: string,
  targetIn: (sample: Sample) => Value | undefined,
): Signal {
  const readings = samples.map((sample) => queueOf(sample, queue));
  const current = readings.map((reading) => pick(reading, ({ active }) => active));
  const target = samples.map((sample) => targetIn(sample) ?? null);
  return {
    name,
    queue,
    unit: "messages",
    shared: true,
    current,
    target,
    recommended: current.map((value, index) => shares(value, target[index] ?? null)),
    missing: missingIn(readings, "there is no such queue"),
  };
}

function identitiesOf(samples: readonly Sample[], workload: Workload): MetricIdentity[] {
  return samples
    .flatMap((sample) => {
      const reading = autoscalerOf(sample, workload);
      return reading.kind === "value" ? reading.value.metrics.map(({ metric }) => metric) : [];
    })
    .filter((metric, index, all) => all.findIndex((one) => isSameMetric(one, metric)) === index);
}

function metricSignal(
  samples: readonly Sample[],
  workload: Workload,
  metric: MetricIdentity,
  all: readonly MetricIdentity[],
): Signal {
  const autoscalers = samples.map((sample) => autoscalerOf(sample, workload));
  const states = autoscalers.map((reading) =>
    reading.kind === "value" ? reading.value.metrics.find((one) => isSameMetric(one.metric, metric)) : undefined,
  );
  const known = states.find((state) => state !== undefined) ?? { metric, current: null, target: null };
  const target = states.map((state) => state?.target ?? null);
  const base = { name: metricName(metric, all), queue: null, unit: unitOf(known), target };
  const totals = totalsOf(samples, workload, known);
  if (totals !== undefined) {
    const current = totals.map((reading) => pick(reading, (value) => value));
    const recommended = current.map((value, index) => shares(value, target[index] ?? null));
    return { ...base, shared: true, current, recommended, missing: missingIn(totals, `there is no ${metric.name}`) };
  }
  const current = states.map((state) => state?.current ?? null);
  const desired = samples.map((sample) => pick(replicasOf(sample, workload), (state) => state.desired));
  return {
    ...base,
    shared: false,
    current,
    recommended: current.map((value, index) => byRatio(value, target[index] ?? null, desired[index] ?? null)),
    missing: missingIn(
      autoscalers.map((reading, index): Reading<unknown> =>
        // An HPA that is there and has no figure: of a workload at 0 there is nothing to measure.
        reading.kind === "value" && current[index] === null ? { kind: "absent" } : reading,
      ),
      `HPA ${hpaName(autoscalers) ?? workload} has no figure`,
    ),
  };
}

/**
 * An external metric as its source gives it, of all replicas together: it has a value while the workload is at 0, where the HPA has none. Undefined where it
 * was never read so, or its target is of all replicas together too.
 */
function totalsOf(samples: readonly Sample[], workload: Workload, state: MetricState): Reading<number>[] | undefined {
  if (state.metric.kind !== "External" || state.targetType === "Value") return undefined;
  const readings = samples.map((sample): Reading<number> => {
    const read = sample.workloads[workload]?.externalMetrics ?? { kind: "absent" };
    if (read.kind !== "value") return read;
    const found = read.value.find(({ name }) => name === state.metric.name);
    return found === undefined ? { kind: "absent" } : { kind: "value", value: found.value };
  });
  return readings.some(({ kind }) => kind === "value") ? readings : undefined;
}

/** `CPU` of a resource; with its container where the same resource is read of several. */
function metricName(metric: MetricIdentity, all: readonly MetricIdentity[]): string {
  const name = metric.name === "cpu" ? "CPU" : metric.name;
  const several = all.filter((one) => one.name === metric.name).length > 1;
  return several ? metricText({ ...metric, name }) : name;
}

function hpaName(autoscalers: readonly Reading<{ name: string }>[]): string | undefined {
  const read = autoscalers.findLast(({ kind }) => kind === "value");
  return read?.kind === "value" ? read.value.name : undefined;
}

function shares(current: Value, target: Value): Value {
  return current === null || target === null || target <= 0 ? null : Math.ceil(current / target);
}

/**
 * `replicas × current ÷ target`, rounded up, and no change within the tolerance.
 * See https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
function byRatio(current: Value, target: Value, replicas: Value): Value {
  if (current === null || target === null || target <= 0 || replicas === null) return null;
  const ratio = current / target;
  return Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(replicas * ratio);
}
