import type { LowerBoundReason } from "../model/timing.ts";

/** The least that the effective configuration allows, and how that comes about. */
export interface LowerBound {
  /** Null where there is none; the reasons say why. */
  seconds: number | null;
  reasons: readonly LowerBoundReason[];
}

export function bound(seconds: number, ...reasons: readonly LowerBoundReason[]): LowerBound {
  return { seconds, reasons };
}

export function noBound(...reasons: readonly LowerBoundReason[]): LowerBound {
  return { seconds: null, reasons };
}

/** A bound to which the shortest start of a pod in this run is added. */
export function plusPodStart(base: LowerBound, startSeconds: number | null): LowerBound {
  if (base.seconds === null) return base;
  if (startSeconds === null) return noBound({ id: "no-pod-start-seen", params: {} });
  return bound(base.seconds + startSeconds, ...base.reasons, {
    id: "pod-start",
    params: { seconds: rounded(startSeconds) },
  });
}

/** To a tenth, as precise as anything here can be. */
export function rounded(value: number): number {
  return Number(value.toFixed(1));
}

/** There was nothing to time: never more than these were desired. */
export function neverScaledOut(replicas: number): LowerBound {
  return noBound({ id: "never-scaled-out", params: { replicas } });
}
