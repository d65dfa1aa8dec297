import type { Applies } from "./rules.ts";
import type { ScaledObjectSpec } from "./scaledObject.ts";
import { milliOf, type QueueTrigger } from "./triggers.ts";
import { noteHealth, type ObjectStatus, type ScaledObjectCopies } from "./scaledObjectStatus.ts";

/** What one query of a trigger gave, after fallback. `milli` is null where it failed. */
export interface MetricsRecord {
  readonly milli: number | null;
  readonly isActive: boolean;
  readonly isFallback: boolean;
}

/** What a query of a trigger's source gave: a count, or null where it failed. */
export function rawRecord({ activation }: QueueTrigger, count: number | null, applies: Applies): MetricsRecord {
  if (count === null) return { milli: null, isActive: false, isFallback: false };
  const isActive = applies("keda-above-activation") ? count > activation : count >= activation;
  return { milli: milliOf(count), isActive, isFallback: false };
}

/** The target's replicas, and its pods that are ready. */
export interface TargetCounts {
  readonly replicas: number;
  readonly readyPods: number;
}

/** Counts failures in a copy of the ScaledObject, and puts the fallback in their place once there are too many. fallback.go GetMetricsWithFallback */
export function withFallback(
  { fallback }: ScaledObjectSpec,
  trigger: QueueTrigger,
  raw: MetricsRecord,
  copies: ScaledObjectCopies,
  copy: ObjectStatus,
  counts: TargetCounts,
  applies: Applies,
): MetricsRecord {
  if (fallback === null || !applies("keda-fallback")) return { ...raw, isFallback: false };
  const { failureThreshold } = fallback;
  if (raw.milli !== null) {
    if (applies("keda-failures-reset")) {
      noteHealth(copies, copy, trigger.metric, { failures: 0, failing: false }, failureThreshold);
    }
    return { ...raw, isFallback: false };
  }
  const failures = (copy.health.get(trigger.metric)?.failures ?? 0) + 1;
  noteHealth(copies, copy, trigger.metric, { failures, failing: true }, failureThreshold);
  const isBeyond = applies("keda-fallback-beyond-threshold")
    ? failures > failureThreshold
    : failures >= failureThreshold;
  if (!isBeyond) return raw;
  const milli = fallbackMilli(fallbackReplicas(fallback, counts.replicas, applies), trigger, counts, applies);
  return { milli, isActive: raw.isActive, isFallback: milli !== null };
}

/** fallback.go doFallback */
function fallbackReplicas(
  { behavior, replicas }: NonNullable<ScaledObjectSpec["fallback"]>,
  current: number,
  applies: Applies,
): number {
  switch (applies("keda-fallback-behavior") ? behavior : "static") {
    case "static":
      return replicas;
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
  }
}

/** The value from which an HPA gets so many replicas; of a `Value` only while pods are ready. fallback.go doFallback */
function fallbackMilli(replicas: number, trigger: QueueTrigger, counts: TargetCounts, applies: Applies): number | null {
  const { targetType, targetMilli } = trigger;
  const target = targetMilli * 1e-3;
  if (targetType === "AverageValue" || !applies("keda-fallback-value-by-ready-pods")) {
    return Math.trunc(target * 1000 * replicas);
  }
  return counts.readyPods === 0 ? null : Math.trunc(target * 1000 * (replicas / counts.readyPods));
}
