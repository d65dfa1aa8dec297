import type { DirectionRules } from "./hpaSpec.ts";
import type { Applies } from "./rules.ts";

/** What the metrics proposed in one sync, before any limit. */
export interface Recommendation {
  readonly atMillis: number;
  readonly replicas: number;
}

export interface Stabilized {
  readonly replicas: number;
  readonly recommendations: readonly Recommendation[];
}

/** The controller manager's --horizontal-pod-autoscaler-downscale-stabilization by its default. */
const DOWNSCALE_MILLIS = 300_000;

/** The last recommendation that `isOld` is overwritten by the new one. */
function recorded(
  recommendations: readonly Recommendation[],
  added: Recommendation,
  isOld: (one: Recommendation) => boolean,
  applies: Applies,
): readonly Recommendation[] {
  const old = applies("recommendations-overwritten") ? recommendations.findLastIndex(isOld) : -1;
  return old === -1 ? [...recommendations, added] : recommendations.with(old, added);
}

/** horizontal.go stabilizeRecommendation: without `behavior`. The start of its window belongs to it. */
export function stabilizedWithoutBehavior(
  recommendations: readonly Recommendation[],
  replicas: number,
  atMillis: number,
  applies: Applies,
): Stabilized {
  const cutoff = atMillis - DOWNSCALE_MILLIS;
  const inclusive = applies("nil-behavior-window-inclusive");
  const isOld = (one: Recommendation): boolean => one.atMillis < cutoff || (one.atMillis === cutoff && !inclusive);
  const recent = recommendations.filter((one) => !isOld(one)).map((one) => one.replicas);
  return {
    replicas: applies("nil-behavior-window") ? Math.max(replicas, ...recent) : replicas,
    recommendations: recorded(recommendations, { atMillis, replicas }, isOld, applies),
  };
}

/** horizontal.go stabilizeRecommendationWithBehaviors. The start of a window does not belong to it. */
export function stabilizedWithBehavior(
  recommendations: readonly Recommendation[],
  windows: { readonly up: DirectionRules; readonly down: DirectionRules },
  current: number,
  replicas: number,
  atMillis: number,
  applies: Applies,
): Stabilized {
  const upCutoff = atMillis - windows.up.stabilizationSeconds * 1000;
  const downCutoff = atMillis - windows.down.stabilizationSeconds * 1000;
  const strict = applies("windows-exclude-their-start");
  const since = (cutoff: number): number[] =>
    recommendations
      .filter((one) => one.atMillis > cutoff || (one.atMillis === cutoff && !strict))
      .map((one) => one.replicas);
  const least = Math.min(replicas, ...(applies("up-window") ? since(upCutoff) : []));
  const most = Math.max(replicas, ...(applies("down-window") ? since(downCutoff) : []));
  const isOld = (one: Recommendation): boolean => one.atMillis < upCutoff && one.atMillis < downCutoff;
  return {
    replicas: Math.min(Math.max(current, least), most),
    recommendations: recorded(recommendations, { atMillis, replicas }, isOld, applies),
  };
}
