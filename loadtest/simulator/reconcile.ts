import type { ClusterView } from "./clusterView.ts";
import { computeReplicas } from "./computeReplicas.ts";
import { DEFAULT_DOWN, DEFAULT_UP, type HpaSpec } from "./hpaSpec.ts";
import type { Applies } from "./rules.ts";
import { policyLimit, type ScaleEvents, storeScaleEvent } from "./scaleEvents.ts";
import { type Recommendation, stabilizedWithBehavior, stabilizedWithoutBehavior } from "./stabilization.ts";

/** A condition of an HPA; null where it was never set. */
export type HpaCondition = { readonly status: boolean; readonly reason: string } | null;

export interface HpaConditions {
  readonly ableToScale: HpaCondition;
  readonly scalingActive: HpaCondition;
  readonly scalingLimited: HpaCondition;
}

/** What the controller remembers of one HPA. Recommendations are null until its first sync. */
export interface HpaState {
  readonly recommendations: readonly Recommendation[] | null;
  readonly events: ScaleEvents;
  readonly conditions: HpaConditions;
}

export const NEW_HPA: HpaState = {
  recommendations: null,
  events: { up: [], down: [] },
  conditions: { ableToScale: null, scalingActive: null, scalingLimited: null },
};

/** One sync: `proposed` is what the metrics ask for, null where they were not read or failed; `desired` is spec.replicas after it. */
export interface Sync {
  readonly state: HpaState;
  readonly proposed: number | null;
  readonly desired: number;
}

const condition = (status: boolean, reason: string): HpaCondition => ({ status, reason });

/** horizontal.go reconcileAutoscaler */
export function reconcile(spec: HpaSpec, before: HpaState, view: ClusterView, applies: Applies): Sync {
  const current = view.specReplicas;
  const beganMillis = view.nowMillis();
  const first = applies("first-recommendation") ? [{ atMillis: beganMillis, replicas: current }] : [];
  const recommendations = before.recommendations ?? first;
  const read = withCondition({ ...before, recommendations }, { ableToScale: condition(true, "SucceededGetScale") });
  if (current === 0 && applies("disabled-at-zero")) {
    const state = withCondition(read, { scalingActive: condition(false, "ScalingDisabled") });
    return { state, proposed: null, desired: 0 };
  }
  const bound = outOfRange(spec, current, applies);
  if (bound !== null) {
    const kept = applies("bypass-is-an-event") ? spec : { ...spec, behavior: null };
    return { state: rescaled(read, kept, current, bound, beganMillis, applies), proposed: null, desired: bound };
  }
  const proposal = computeReplicas(spec, view, applies);
  // The metrics took their time.
  const atMillis = view.nowMillis();
  if (proposal.kind === "failed") {
    const scalingActive = condition(false, `FailedGet${proposal.metric.type}Metric`);
    return { state: withCondition(read, { scalingActive }), proposed: null, desired: current };
  }
  const active = withCondition(read, { scalingActive: condition(true, "ValidMetricFound") });
  const followed = follow(spec, active, current, proposal.replicas, atMillis, applies);
  return { ...followed, proposed: proposal.replicas };
}

/** What an HPA does about a proposal of its metrics while its replicas are in range: windows, policies, bounds. horizontal.go reconcileAutoscaler */
export function follow(
  spec: HpaSpec,
  before: HpaState,
  current: number,
  proposed: number,
  atMillis: number,
  applies: Applies,
): { readonly state: HpaState; readonly desired: number } {
  const { state, desired } = normalized(spec, before, current, proposed, atMillis, applies);
  return { state: desired === current ? state : rescaled(state, spec, current, desired, atMillis, applies), desired };
}

function withCondition(state: HpaState, set: Partial<HpaConditions>): HpaState {
  return { ...state, conditions: { ...state.conditions, ...set } };
}

/** The bound that a number of replicas outside minimum and maximum is set to, past windows and policies. */
function outOfRange(spec: HpaSpec, current: number, applies: Applies): number | null {
  if (current > spec.maxReplicas && applies("above-maximum-at-once")) return spec.maxReplicas;
  if (current < spec.minReplicas && applies("below-minimum-at-once")) return spec.minReplicas;
  return null;
}

function rescaled(
  state: HpaState,
  spec: HpaSpec,
  from: number,
  to: number,
  atMillis: number,
  applies: Applies,
): HpaState {
  const events = storeScaleEvent(state.events, spec, from, to, atMillis, applies);
  return withCondition({ ...state, events }, { ableToScale: condition(true, "SucceededRescale") });
}

/** horizontal.go normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors */
function normalized(
  spec: HpaSpec,
  state: HpaState,
  current: number,
  proposed: number,
  atMillis: number,
  applies: Applies,
): { state: HpaState; desired: number } {
  const before = state.recommendations ?? [];
  const behavior = spec.behavior ?? (applies("nil-behavior") ? null : { up: DEFAULT_UP, down: DEFAULT_DOWN });
  const recommended = applies("recommendations-unclamped")
    ? proposed
    : Math.min(Math.max(proposed, spec.minReplicas), spec.maxReplicas);
  const { replicas, recommendations } =
    behavior === null
      ? stabilizedWithoutBehavior(before, recommended, atMillis, applies)
      : stabilizedWithBehavior(before, behavior, current, recommended, atMillis, applies);
  const { desired, reason } =
    behavior === null
      ? limitedWithoutBehavior(spec, current, replicas, applies)
      : limitedWithBehavior({ ...spec, behavior }, state.events, current, replicas, atMillis, applies);
  const stabilizedReason = behavior === null || proposed < current ? "ScaleDownStabilized" : "ScaleUpStabilized";
  const conditions: Partial<HpaConditions> = {
    ableToScale: condition(true, replicas === proposed ? "ReadyForNewScale" : stabilizedReason),
    scalingLimited: condition(desired !== replicas, reason),
  };
  return { state: withCondition({ ...state, recommendations }, conditions), desired };
}

interface Limited {
  readonly desired: number;
  readonly reason: "DesiredWithinRange" | "ScaleUpLimit" | "ScaleDownLimit" | "TooManyReplicas" | "TooFewReplicas";
}

/** horizontal.go convertDesiredReplicasWithRules, calculateScaleUpLimit: without `behavior`, per sync and without memory. */
function limitedWithoutBehavior(spec: HpaSpec, current: number, replicas: number, applies: Applies): Limited {
  const least = applies("nil-behavior-four-at-least") ? 4 : 0;
  const rise = applies("nil-behavior-doubling") ? Math.max(2 * current, least) : Infinity;
  if (replicas < spec.minReplicas && applies("minimum")) return { desired: spec.minReplicas, reason: "TooFewReplicas" };
  if (replicas <= Math.min(spec.maxReplicas, rise)) return { desired: replicas, reason: "DesiredWithinRange" };
  return spec.maxReplicas > rise
    ? { desired: rise, reason: "ScaleUpLimit" }
    : { desired: applies("maximum") ? spec.maxReplicas : replicas, reason: "TooManyReplicas" };
}

/** horizontal.go convertDesiredReplicasWithBehaviorRate */
function limitedWithBehavior(
  spec: HpaSpec & { readonly behavior: NonNullable<HpaSpec["behavior"]> },
  events: ScaleEvents,
  current: number,
  replicas: number,
  atMillis: number,
  applies: Applies,
): Limited {
  const kept = applies("limit-not-past-current");
  if (replicas > current) {
    const limit = applies("up-policies")
      ? policyLimit("up", spec.behavior.up, events, current, atMillis, applies)
      : Infinity;
    const rise = kept ? Math.max(limit, current) : limit;
    const maximum = applies("maximum") ? spec.maxReplicas : Infinity;
    if (replicas > Math.min(maximum, rise)) {
      return maximum > rise
        ? { desired: rise, reason: "ScaleUpLimit" }
        : { desired: maximum, reason: "TooManyReplicas" };
    }
  }
  if (replicas < current) {
    const limit = applies("down-policies")
      ? policyLimit("down", spec.behavior.down, events, current, atMillis, applies)
      : 0;
    const fall = kept ? Math.min(limit, current) : limit;
    const minimum = applies("minimum") ? spec.minReplicas : 0;
    if (replicas < Math.max(minimum, fall)) {
      return minimum < fall
        ? { desired: fall, reason: "ScaleDownLimit" }
        : { desired: minimum, reason: "TooFewReplicas" };
    }
  }
  return { desired: replicas, reason: "DesiredWithinRange" };
}
