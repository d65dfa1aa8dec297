import type { Assertion } from "../model/assertion.ts";
import type { AutoscalerState, ScaledObjectState, ScalingRules, TriggerState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { isSameMetric } from "../model/metric.ts";
import { autoscalerOf, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { PodLife } from "../model/pods.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { LiveField } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** What somebody else did to a workload while it was observed. */
export type ExternalChanges = Record<Workload, Cause[]>;

type Value = string | number | null | undefined;
/** A field of a live object by its own name, before and after. */
type Change = readonly [field: string, from: Value, to: Value];

/**
 * Pods that somebody removed, and a ScaledObject or an HPA that somebody paused, changed, created or deleted, between the first sample and the last.
 * @param ownFields fields that the proof itself sets and restores meanwhile.
 */
export function detectExternalChanges(
  samples: readonly Sample[],
  pods: readonly PodLife[],
  workloads: readonly Workload[],
  ownFields: readonly LiveField[],
): ExternalChanges {
  return Object.fromEntries(
    workloads.map((workload) => {
      const removals = pods
        .filter((pod) => pod.removedExternally && pod.workload === workload)
        .map(({ name, endedBecause }) =>
          causeOf("external-pod-removal", name, { reason: endedBecause ?? "not known" }),
        );
      return [workload, [...removals, ...autoscalerChanges(samples, workload, ownFields)]];
    }),
  );
}

function autoscalerChanges(samples: readonly Sample[], workload: Workload, own: readonly LiveField[]): Cause[] {
  const scaledObjects = samples.map((sample) => scaledObjectOf(sample, workload));
  const causes = changesOf(scaledObjects, workload, (before, now, name) => scaledObjectChanges(before, now, name, own));
  // KEDA makes, changes and removes the HPA of a ScaledObject itself.
  const seen = scaledObjects.filter(({ kind }) => kind !== "gap");
  if (seen.length === 0 || seen.some(({ kind }) => kind === "value")) return causes;
  const autoscalers = samples.map((sample) => autoscalerOf(sample, workload));
  return [
    ...causes,
    ...changesOf(autoscalers, workload, (before, now, name) => autoscalerFieldChanges(before, now, name, own)),
  ];
}

/** What changed from each reading to the next that is no gap, each change once. Null stands for an object that was not there. */
function changesOf<T extends { name: string }>(
  readings: readonly Reading<T>[],
  workload: Workload,
  changesBetween: (before: T | null, now: T | null, name: string) => Cause[],
): Cause[] {
  const found = new Map<string, Cause>();
  let before: T | null | undefined;
  for (const reading of readings) {
    if (reading.kind === "gap") continue;
    const now = valueOf(reading) ?? null;
    if (before !== undefined && before !== now) {
      const name = now?.name ?? before?.name ?? workload;
      for (const change of changesBetween(before, now, name)) found.set(JSON.stringify(change), change);
    }
    before = now;
  }
  return [...found.values()];
}

function scaledObjectChanges(
  before: ScaledObjectState | null,
  now: ScaledObjectState | null,
  name: string,
  own: readonly LiveField[],
): Cause[] {
  if (before === null) return [causeOf("external-scaled-object-creation", name, {})];
  if (now === null) return [causeOf("external-scaled-object-deletion", name, {})];
  const paused = now.pausedBy.filter((annotation) => !before.pausedBy.includes(annotation));
  const resumed = before.pausedBy.filter((annotation) => !now.pausedBy.includes(annotation));
  const fields: Change[] = [
    ["minReplicaCount", before.minReplicas, now.minReplicas],
    ["idleReplicaCount", before.idleReplicas, now.idleReplicas],
    ["maxReplicaCount", before.maxReplicas, now.maxReplicas],
    ["pollingInterval", before.pollingIntervalSeconds, now.pollingIntervalSeconds],
    ["cooldownPeriod", before.cooldownSeconds, now.cooldownSeconds],
    ["formula", before.formula, now.formula],
    ["triggers", typesOf(before.triggers), typesOf(now.triggers)],
    ...before.triggers.flatMap((trigger, index) => metadataChanges(trigger, now.triggers[index])),
  ];
  return [
    ...paused.map((annotation) => causeOf("external-pause", name, { annotation })),
    ...resumed.map((annotation) => causeOf("external-resume", name, { annotation })),
    ...fieldChanges("ScaledObject", name, fields, own),
  ];
}

function typesOf(triggers: readonly TriggerState[]): string {
  return triggers.map(({ type }) => type).join(", ");
}

function metadataChanges(before: TriggerState, now: TriggerState | undefined): Change[] {
  if (now?.type !== before.type) return [];
  const keys = new Set([...Object.keys(before.metadata), ...Object.keys(now.metadata)]);
  return [...keys].map((key) => [key, before.metadata[key], now.metadata[key]]);
}

function autoscalerFieldChanges(
  before: AutoscalerState | null,
  now: AutoscalerState | null,
  name: string,
  own: readonly LiveField[],
): Cause[] {
  if (before === null || now === null) {
    const exists = (state: AutoscalerState | null): Value => (state === null ? "absent" : "present");
    const change: Change = ["the object", exists(before), exists(now)];
    return fieldChanges("HorizontalPodAutoscaler", name, [change], own);
  }
  const isOwnTarget = TARGET_FIELDS.some((field) => isOwn("HorizontalPodAutoscaler", name, field, own));
  const fields: Change[] = [
    ["minReplicas", before.min, now.min],
    ["maxReplicas", before.max, now.max],
    ...behaviorChanges("scaleUp", before.scaleUp, now.scaleUp),
    ...behaviorChanges("scaleDown", before.scaleDown, now.scaleDown),
    ["metrics", metricsOf(before), metricsOf(now)],
    ...(isOwnTarget ? [] : targetChanges(before, now)),
  ];
  return fieldChanges("HorizontalPodAutoscaler", name, fields, own);
}

/** The last parts of the paths to a metric's target. */
const TARGET_FIELDS = ["averageUtilization", "averageValue", "value"];

function behaviorChanges(direction: "scaleUp" | "scaleDown", before: ScalingRules, now: ScalingRules): Change[] {
  return [
    [`${direction}.stabilizationWindowSeconds`, before.stabilizationSeconds, now.stabilizationSeconds],
    [`${direction}.selectPolicy`, before.selectPolicy, now.selectPolicy],
    [`${direction}.policies`, JSON.stringify(before.policies), JSON.stringify(now.policies)],
  ];
}

function metricsOf({ metrics }: AutoscalerState): string {
  return metrics.map(({ metric }) => [metric.kind, metric.container, metric.name].filter(Boolean).join(" ")).join(", ");
}

function targetChanges(before: AutoscalerState, now: AutoscalerState): Change[] {
  return before.metrics.flatMap(({ metric, target }): Change[] => {
    const same = now.metrics.find((other) => isSameMetric(other.metric, metric));
    return same === undefined ? [] : [[`target of ${metric.name}`, target, same.target]];
  });
}

function fieldChanges(
  kind: LiveField["object"]["kind"],
  name: string,
  fields: readonly Change[],
  own: readonly LiveField[],
): Cause[] {
  return fields
    .filter(([field, from, to]) => from !== to && !isOwn(kind, name, field, own))
    .map(([field, from, to]) => {
      const params = { field, from: String(from ?? "not set"), to: String(to ?? "not set") };
      return causeOf(
        "external-field-change",
        name,
        kind === "HorizontalPodAutoscaler" ? { ...params, object: kind } : params,
      );
    });
}

/** Whether the proof sets it itself: told by the object and the last part of its path. */
function isOwn(kind: LiveField["object"]["kind"], name: string, field: string, own: readonly LiveField[]): boolean {
  const last = field.split(".").at(-1);
  return own.some(
    ({ object, paths }) =>
      object.kind === kind && object.name === name && paths.some((path) => path.split(".").at(-1) === last),
  );
}

/** A failure in a system that somebody else has changed says nothing about its configuration: it is told, and is inconclusive. */
export function downgradeToInconclusive(assertion: Assertion, changes: readonly Cause[]): Assertion {
  if (assertion.status !== "fail" || changes.length === 0) return assertion;
  return { ...assertion, status: "inconclusive", causes: [...changes, ...assertion.causes] };
}
