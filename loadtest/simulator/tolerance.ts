import type { HpaSpec } from "./hpaSpec.ts";
import type { Applies } from "./rules.ts";

/** The controller manager's --horizontal-pod-autoscaler-tolerance by its default. */
export const TOLERANCE = 0.1;

/** Whether usage per target is so near 1 that nothing changes. Both ends belong to it. */
export type IsWithin = (usageRatio: number) => boolean;

/** horizontal.go tolerancesForHpa, replica_calculator.go isWithin */
export function toleranceOf({ behavior }: HpaSpec, applies: Applies): IsWithin {
  const up = (applies("tolerance-up") ? behavior?.up.tolerance : null) ?? TOLERANCE;
  const down = (applies("tolerance-down") ? behavior?.down.tolerance : null) ?? TOLERANCE;
  if (!applies("tolerance")) return (usageRatio) => usageRatio === 1;
  return (usageRatio) => 1 - down <= usageRatio && usageRatio <= 1 + up;
}
