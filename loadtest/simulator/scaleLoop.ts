import { requestScale } from "./requestScale.ts";
import { allRules, type Applies } from "./rules.ts";
import { type ScaledObjectSpec, usesHpaObservations } from "./scaledObject.ts";
import type { QueueTrigger } from "./triggers.ts";
import { copyOfScalers, newCopies, type ObjectStatus, refresh, type ScaledObjectCopies } from "./scaledObjectStatus.ts";
import { type MetricsRecord, rawRecord, type TargetCounts, withFallback } from "./triggerMetrics.ts";

/** One query of a trigger's source: its count, null where it fails, and how long one attempt takes. KEDA tries twice. */
export interface Query {
  readonly count: number | null;
  readonly attemptMillis: number;
}

/** What KEDA acts on. */
export interface KedaTarget {
  nowMillis(): number;
  /** Lets time pass, which the queries take. */
  wait(millis: number): void;
  replicas(): number;
  setReplicas(replicas: number): void;
  readyPods(): number;
  /** The HPA's condition ScalingActive. */
  isHpaActive(): boolean;
  query(metric: string): Query;
}

/** A ScaledObject in KEDA's operator. */
export interface ScaleLoop {
  readonly spec: ScaledObjectSpec;
  readonly createdMillis: number;
  readonly copies: ScaledObjectCopies;
  lastActiveMillis: number | null;
  records: Map<string, MetricsRecord>;
  nextPollMillis: number;
  polls: number;
  /** What the last poll found: the conditions Active and, of an error, Ready; null before the first. */
  found: { readonly isActive: boolean; readonly isError: boolean } | null;
}

export function newScaleLoop(
  spec: ScaledObjectSpec,
  createdMillis: number,
  lastActiveMillis: number | null,
): ScaleLoop {
  const copies = newCopies();
  const before = { records: new Map<string, MetricsRecord>(), nextPollMillis: 0, polls: 0, found: null };
  return { spec, createdMillis, copies, lastActiveMillis, ...before };
}

export function queueTriggers({ triggers }: ScaledObjectSpec): QueueTrigger[] {
  return triggers.filter((trigger) => trigger.kind === "queue");
}

/** Queries triggers at once and handles each as it answers. scalers_cache.go GetMetricsAndActivityForScaler: a failed query is made again. */
function observe(
  loop: ScaleLoop,
  triggers: readonly QueueTrigger[],
  copy: ObjectStatus,
  target: KedaTarget,
  applies: Applies,
): Map<string, MetricsRecord> {
  const answers = triggers.map((trigger) => {
    const { count, attemptMillis } = target.query(trigger.metric);
    return { trigger, count, millis: count === null ? 2 * attemptMillis : attemptMillis };
  });
  const records = new Map<string, MetricsRecord>();
  let waited = 0;
  for (const { trigger, count, millis } of answers.toSorted((a, b) => a.millis - b.millis)) {
    target.wait(millis - waited);
    waited = millis;
    const raw = rawRecord(trigger, count, applies);
    records.set(trigger.metric, withFallback(loop.spec, trigger, raw, loop.copies, copy, counts(target), applies));
  }
  return records;
}

const counts = (target: KedaTarget): TargetCounts => ({ replicas: target.replicas(), readyPods: target.readyPods() });

/** Runs the poll that is due. scale_handler.go startScaleLoop, checkScalers, getScaledObjectState */
export function poll(loop: ScaleLoop, target: KedaTarget, applies: Applies = allRules): void {
  const { spec, copies } = loop;
  loop.nextPollMillis += spec.pollingSeconds * 1000;
  loop.polls++;
  refresh(copies.ofLoop, copies);
  copies.ofScalers ??= copies.ofLoop;
  const observed = observedByHpa(loop, target, applies);
  const triggers = queueTriggers(spec);
  const queried = observe(
    loop,
    triggers.filter(({ metric }) => !observed.has(metric)),
    copies.ofLoop,
    target,
    applies,
  );
  const records = triggers
    .map(({ metric }) => observed.get(metric) ?? queried.get(metric))
    .filter((one) => one !== undefined);
  const isError = records.some(({ milli }) => milli === null);
  if (isError && applies("keda-scalers-rebuilt-after-error")) copies.ofScalers = null;
  const found = { isActive: isActive(spec, records, isError, applies), isError };
  loop.found = found;
  const { replicas, lastActiveMillis } = requestScale(
    {
      ...loop,
      replicas: target.replicas(),
      ...found,
      nowMillis: target.nowMillis(),
    },
    applies,
  );
  if (replicas !== target.replicas()) target.setReplicas(replicas);
  loop.lastActiveMillis = lastActiveMillis;
  const cached = triggers.filter(({ useCachedMetrics }) => useCachedMetrics).map(({ metric }) => metric);
  if (cached.length > 0) loop.records = new Map([...queried].filter(([metric]) => cached.includes(metric)));
}

/** scale_handler.go hpaObservedRecord, hpaActivelyQuerying: what the HPA has read serves a poll that has nothing to add. */
function observedByHpa(loop: ScaleLoop, target: KedaTarget, applies: Applies): ReadonlyMap<string, MetricsRecord> {
  const usable = usesHpaObservations(loop.spec) && applies("keda-hpa-observations");
  if (!usable) return new Map();
  return target.isHpaActive() || !applies("keda-hpa-observations-of-active-hpa") ? loop.records : new Map();
}

function isActive(
  spec: ScaledObjectSpec,
  records: readonly MetricsRecord[],
  isError: boolean,
  applies: Applies,
): boolean {
  const onlyResources = spec.triggers.every(({ kind }) => kind === "resource");
  if (onlyResources && !isError && applies("keda-resource-triggers-always-active")) return true;
  const active = (one: MetricsRecord): boolean =>
    one.milli !== null && (one.isActive || (one.isFallback && applies("keda-fallback-is-active")));
  if (applies("keda-any-trigger-activates")) return records.some(active);
  return records.length > 0 && records.every(active);
}

/** Answers an HPA, in thousandths; null where that fails. scale_handler.go GetScaledObjectMetrics */
export function ask(loop: ScaleLoop, metric: string, target: KedaTarget, applies: Applies = allRules): number | null {
  const { spec, copies } = loop;
  const trigger = queueTriggers(spec).find((one) => one.metric === metric);
  if (trigger === undefined) return null;
  const copy = copyOfScalers(copies, applies);
  const cached = trigger.useCachedMetrics && applies("keda-cached-metrics") ? loop.records.get(metric) : undefined;
  // Without the rule, a failure of a read by the HPA is counted nowhere.
  const counted = applies("keda-failures-of-hpa-reads-count") ? copies : newCopies();
  const record =
    cached === undefined
      ? observe({ ...loop, copies: counted }, [trigger], copy, target, applies).get(metric)
      : withFallback(spec, trigger, cached, counted, copy, counts(target), applies);
  if (record === undefined) return null;
  if (usesHpaObservations(spec)) loop.records.set(metric, record);
  if (record.milli === null && applies("keda-scalers-rebuilt-after-error")) copies.ofScalers = null;
  return record.milli;
}
