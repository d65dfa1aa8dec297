import type { AutoscalerState, ScaledObjectState, ScalingRules } from "../model/autoscaling.ts";
import type { MetricIdentity, MetricState } from "../model/metric.ts";
import type { ReplicaState, WorkloadReadings } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { TOLERANCE } from "../simulator/tolerance.ts";

/** What one metric of an HPA calls for now. */
export interface MetricProposal {
  readonly metric: MetricIdentity;
  /** For each replica, in the target's unit; null where the HPA has none. */
  readonly current: number | null;
  readonly target: number | null;
  /** Of all replicas, as external.metrics.k8s.io has it; null where it was not read. */
  readonly total: number | null;
  /** Null where it cannot be told. */
  readonly replicas: number | null;
  readonly withinTolerance: boolean;
}

/** A rule that decides on the replicas now, with its figures. */
export type Rule =
  | { readonly id: "paused"; readonly by: readonly string[] }
  | { readonly id: "no-autoscaler" }
  | { readonly id: "not-read"; readonly what: string; readonly error: string }
  | { readonly id: "metric-failed"; readonly reason: string; readonly message: string }
  | { readonly id: "scaled-object-not-ready"; readonly reason: string; readonly message: string }
  | { readonly id: "fallback" }
  | { readonly id: "idle"; readonly replicas: number }
  | { readonly id: "poll"; readonly pollingIntervalSeconds: number }
  | { readonly id: "cooldown"; readonly cooldownSeconds: number; readonly pollingIntervalSeconds: number }
  | { readonly id: "maximum"; readonly replicas: number; readonly proposed: number | null }
  | { readonly id: "minimum"; readonly replicas: number; readonly proposed: number | null }
  | {
      readonly id: "policy";
      readonly direction: "up" | "down";
      readonly rules: ScalingRules;
      readonly proposed: number | null;
    }
  | {
      readonly id: "window";
      readonly direction: "up" | "down";
      readonly seconds: number;
      readonly proposed: number | null;
    }
  | { readonly id: "tolerance" }
  | { readonly id: "target" }
  | { readonly id: "next-sync"; readonly proposed: number }
  | { readonly id: "start"; readonly ready: number; readonly desired: number };

export interface ReplicaExplanation {
  readonly replicas: ReplicaState | null;
  readonly proposals: readonly MetricProposal[];
  /** The first decides on desired replicas; that pods start comes last. */
  readonly rules: readonly Rule[];
}

/** Why a workload has as many replicas as it has. */
export function explain(readings: WorkloadReadings): ReplicaExplanation {
  const replicas = valueOf(readings.replicas) ?? null;
  const autoscaler = valueOf(readings.autoscaler);
  const external = valueOf(readings.externalMetrics) ?? [];
  const proposals = (autoscaler?.metrics ?? []).map((metric) =>
    proposalOf(
      metric,
      external.find(({ name }) => name === metric.metric.name)?.value ?? null,
      autoscaler?.current ?? 0,
    ),
  );
  const starts: Rule[] =
    replicas !== null && replicas.ready < replicas.desired
      ? [{ id: "start", ready: replicas.ready, desired: replicas.desired }]
      : [];
  return { replicas, proposals, rules: [decides(readings, replicas, proposals), ...starts] };
}

function decides(
  readings: WorkloadReadings,
  replicas: ReplicaState | null,
  proposals: readonly MetricProposal[],
): Rule {
  for (const [what, reading] of [
    ["its replicas", readings.replicas],
    ["its ScaledObject", readings.scaledObject],
    ["its HPA", readings.autoscaler],
  ] as const) {
    if (reading.kind === "gap") return { id: "not-read", what, error: reading.error };
  }
  const keda = valueOf(readings.scaledObject);
  const autoscaler = valueOf(readings.autoscaler);
  const desired = replicas?.desired ?? 0;
  return (
    (keda === undefined ? undefined : byKeda(keda, desired)) ??
    (autoscaler === undefined ? undefined : byHpa(autoscaler, desired, proposals)) ?? { id: "no-autoscaler" }
  );
}

/** What KEDA itself decides; undefined where it leaves it to its HPA. */
function byKeda(keda: ScaledObjectState, desired: number): Rule | undefined {
  const { pausedBy, conditions, minReplicas, idleReplicas, pollingIntervalSeconds, cooldownSeconds } = keda;
  if (pausedBy.length > 0) return { id: "paused", by: pausedBy };
  const ready = conditions.Ready;
  if (ready?.status === "False") return { id: "scaled-object-not-ready", reason: ready.reason, message: ready.message };
  if (conditions.Fallback?.status === "True") return { id: "fallback" };
  const idle = idleReplicas ?? minReplicas;
  const isActive = conditions.Active?.status === "True";
  const wakes = idle < Math.max(1, minReplicas);
  if (!wakes) return undefined;
  if (desired <= idle) return isActive ? { id: "poll", pollingIntervalSeconds } : { id: "idle", replicas: desired };
  return conditions.Active?.status === "False"
    ? { id: "cooldown", cooldownSeconds, pollingIntervalSeconds }
    : undefined;
}

function byHpa(autoscaler: AutoscalerState, desired: number, proposals: readonly MetricProposal[]): Rule {
  const { conditions, scaleUp, scaleDown, min, max } = autoscaler;
  const { ScalingActive: active, ScalingLimited: limited, AbleToScale: able } = conditions;
  if (active?.status === "False" && active.reason !== "ScalingDisabled") {
    return { id: "metric-failed", reason: active.reason, message: active.message };
  }
  const known = proposals.flatMap(({ replicas }) => replicas ?? []);
  const proposed = known.length === 0 ? null : Math.max(...known);
  const limit = limited?.status === "True" ? limited.reason : "";
  if (limit === "TooManyReplicas") return { id: "maximum", replicas: max, proposed };
  if (limit === "ScaleUpLimit") return { id: "policy", direction: "up", rules: scaleUp, proposed };
  if (limit === "ScaleDownLimit") return { id: "policy", direction: "down", rules: scaleDown, proposed };
  const minimum: Rule = { id: "minimum", replicas: min, proposed };
  const calledForFewer = proposed !== null && proposed < desired;
  // At its minimum a window that holds it there makes no difference.
  if (limit === "TooFewReplicas" || (calledForFewer && desired <= min)) return minimum;
  if (able?.reason === "ScaleUpStabilized") {
    return { id: "window", direction: "up", seconds: scaleUp.stabilizationSeconds, proposed };
  }
  if (able?.reason === "ScaleDownStabilized" || calledForFewer) {
    return { id: "window", direction: "down", seconds: scaleDown.stabilizationSeconds, proposed };
  }
  if (proposed !== null && proposed > desired) return { id: "next-sync", proposed };
  const holds = proposals.some(({ replicas, withinTolerance }) => replicas === proposed && withinTolerance);
  return holds ? { id: "tolerance" } : { id: "target" };
}

function proposalOf(state: MetricState, total: number | null, replicas: number): MetricProposal {
  const { metric, current, target } = state;
  const told = { metric, current, target, total, withinTolerance: false };
  if (target === null || target <= 0) return { ...told, replicas: null };
  // At 0 replicas an HPA reads nothing: what it would read stands in.
  if (replicas === 0) return { ...told, replicas: total === null ? null : Math.ceil(total / target) };
  // What the HPA has read is what it decided by, though the metric may have moved on.
  if (current === null) return { ...told, replicas: null };
  const ratio = current / target;
  if (Math.abs(ratio - 1) <= TOLERANCE) return { ...told, replicas, withinTolerance: true };
  return { ...told, replicas: Math.ceil(ratio * replicas - EPSILON) };
}

/** What a rounding error of a quotient may add to it. */
const EPSILON = 1e-9;
