import type { ScalingRules } from "../model/autoscaling.ts";

/**
 * How often the HPA controller syncs an HPA, in seconds: `--horizontal-pod-autoscaler-sync-period` of the controller manager, by its default. It
 * is in no object that could be read.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
 */
export const HPA_SYNC_SECONDS = 15;

/** The HPA controller does nothing while a metric is within this share of its target, by its default. */
export const HPA_TOLERANCE = 0.1;

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

/**
 * The controller's own arithmetic of stabilization windows and policies, for one HPA.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/horizontal.go stabilizeRecommendationWithBehaviors, convertDesiredReplicasWithBehaviorRate
 */
export function hpaPace(of: {
  up: ScalingRules;
  down: ScalingRules;
  minimum: number;
  maximum: number;
  replicas: number;
}): HpaPace {
  const { up, down, minimum, maximum } = of;
  let replicas = of.replicas;
  const recommendations: { atSeconds: number; replicas: number }[] = [];
  const changes: { atSeconds: number; by: number }[] = [];

  function stabilized(atSeconds: number, recommended: number): number {
    if (recommendations.length === 0) recommendations.push({ atSeconds, replicas });
    const within = (seconds: number): number[] =>
      recommendations.filter((one) => one.atSeconds > atSeconds - seconds).map((one) => one.replicas);
    const least = Math.min(recommended, ...within(up.stabilizationSeconds));
    const most = Math.max(recommended, ...within(down.stabilizationSeconds));
    recommendations.push({ atSeconds, replicas: recommended });
    return Math.min(Math.max(replicas, least), most);
  }

  /** How far the policies let it go in one direction now. */
  function limit(rules: ScalingRules, direction: 1 | -1, atSeconds: number): number {
    if (rules.selectPolicy === "Disabled" || rules.policies.length === 0) return replicas;
    const proposals = rules.policies.map(({ type, value, periodSeconds }) => {
      const periodStart = changes
        .filter((change) => change.atSeconds > atSeconds - periodSeconds)
        .reduce((sum, { by }) => sum - by, replicas);
      if (type === "Pods") return periodStart + direction * value;
      const proposed = periodStart * (1 + (direction * value) / 100);
      return direction === 1 ? Math.ceil(proposed) : Math.trunc(proposed);
    });
    const farthest = (rules.selectPolicy === "Max") === (direction === 1);
    return farthest ? Math.max(...proposals) : Math.min(...proposals);
  }

  return {
    replicas: () => replicas,
    set: (to) => {
      replicas = to;
    },
    sync: (atSeconds, recommended) => {
      const goal = stabilized(atSeconds, Math.min(Math.max(recommended, minimum), maximum));
      let next = replicas;
      if (goal > replicas) next = Math.min(goal, maximum, Math.max(limit(up, 1, atSeconds), replicas));
      if (goal < replicas) next = Math.max(goal, minimum, Math.min(limit(down, -1, atSeconds), replicas));
      if (next !== replicas) changes.push({ atSeconds, by: next - replicas });
      replicas = next;
      return next;
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
