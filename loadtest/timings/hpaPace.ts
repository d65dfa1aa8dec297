import type { ScalingRules } from "../model/autoscaling.ts";
import { SYNC_MILLIS } from "../simulator/hpaLoop.ts";
import type { DirectionRules, HpaSpec } from "../simulator/hpaSpec.ts";
import { follow, type HpaState, NEW_HPA } from "../simulator/reconcile.ts";
import { allRules } from "../simulator/rules.ts";

/**
 * How often the HPA controller syncs an HPA, in seconds: `--horizontal-pod-autoscaler-sync-period` of the controller manager, by its default. It
 * is in no object that could be read.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
 */
export const HPA_SYNC_SECONDS = SYNC_MILLIS / 1000;

/** An HPA as far as its pace goes. */
export interface HpaPace {
  /** Replicas now. */
  replicas(): number;
  /** Replicas that something else than this HPA has set, such as KEDA from 0 to 1; no step that counts for its policies. */
  set(replicas: number): void;
  /**
   * One sync of the controller.
   * @param recommended what the metric recommends, before limits and pace.
   * @returns the replicas that it sets.
   */
  sync(atSeconds: number, recommended: number): number;
}

const withoutTolerance = (rules: ScalingRules): DirectionRules => ({ ...rules, tolerance: null });

/** The simulator's stabilization windows, policies and bounds, for one HPA whose recommendations are given. */
export function hpaPace(of: {
  up: ScalingRules;
  down: ScalingRules;
  minimum: number;
  maximum: number;
  replicas: number;
}): HpaPace {
  const spec: HpaSpec = {
    minReplicas: of.minimum,
    maxReplicas: of.maximum,
    metrics: [],
    behavior: { up: withoutTolerance(of.up), down: withoutTolerance(of.down) },
  };
  let replicas = of.replicas;
  let state: HpaState = NEW_HPA;
  return {
    replicas: () => replicas,
    set: (to) => {
      replicas = to;
    },
    sync: (atSeconds, recommended) => {
      const atMillis = atSeconds * 1000;
      const recommendations = state.recommendations ?? [{ atMillis, replicas }];
      const followed = follow(spec, { ...state, recommendations }, replicas, recommended, atMillis, allRules);
      state = followed.state;
      replicas = followed.desired;
      return replicas;
    },
  };
}

/** A sync after which there were so many replicas. */
export interface Step {
  atSeconds: number;
  replicas: number;
}

/** More steps than any sensible policy takes; one that never gets there, such as `Disabled`, ends here. */
const MOST_STEPS = 1000;

/**
 * The steps in which an HPA goes from one number of replicas to another when its metric recommends the latter from the first sync on.
 * @returns each sync that changed something, the first sync at 0; null where the policies never let it arrive.
 */
export function stepsTo(rules: { up: ScalingRules; down: ScalingRules }, from: number, to: number): Step[] | null {
  const pace = hpaPace({ ...rules, minimum: Math.min(from, to), maximum: Math.max(from, to), replicas: from });
  const steps: Step[] = [];
  for (let sync = 0; sync < MOST_STEPS && pace.replicas() !== to; sync++) {
    const before = pace.replicas();
    const atSeconds = sync * HPA_SYNC_SECONDS;
    const replicas = pace.sync(atSeconds, to);
    if (replicas !== before) steps.push({ atSeconds, replicas });
  }
  return pace.replicas() === to ? steps : null;
}
