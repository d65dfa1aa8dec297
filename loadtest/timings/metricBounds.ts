import { kedaWakes, type WorkloadScaling } from "../model/autoscaling.ts";
import type { Moment } from "../model/curve.ts";
import type { LowerBoundReason } from "../model/timing.ts";
import { fewestAwake } from "./drain.ts";
import { HPA_SYNC_SECONDS, stepsTo } from "./hpaPace.ts";
import { bound, type LowerBound, neverScaledOut, noBound } from "./lowerBound.ts";
import { kedaCooldown } from "./queueBounds.ts";

/** What was seen of demand by a metric that is no queue of the target. */
interface DemandSeen {
  began: Moment | null;
  /** False: the load's start stands in. */
  sampled: boolean;
  /** The most replicas that were desired. */
  most: number;
}

/** More replicas than when idle: by KEDA's poll below its minimum, else by its HPA, which asks KEDA for the metric as it is now. */
export function metricDesiredBound(scaling: WorkloadScaling, { began, sampled, most }: DemandSeen): LowerBound {
  if (began === null) return noBound({ id: "no-demand-seen", params: {} });
  const { idleReplicas, keda } = scaling;
  if (most <= idleReplicas) return neverScaledOut(idleReplicas);
  if (keda !== null && kedaWakes(scaling)) {
    const { pollingIntervalSeconds } = keda;
    return bound(0, { id: "keda-poll-of-metric", params: { pollingIntervalSeconds } }, ...told(sampled));
  }
  return bound(0, { id: "hpa-sync", params: { syncSeconds: HPA_SYNC_SECONDS } }, ...told(sampled));
}

/** As many as were desired at the most: the HPA's policies alone, as if the metric had called for all of them at once. */
export function metricReplicasBound(scaling: WorkloadScaling, { began, sampled, most }: DemandSeen): LowerBound {
  if (began === null) return noBound({ id: "no-demand-seen", params: {} });
  const { idleReplicas, scaleUp: rules } = scaling;
  if (most <= idleReplicas) return neverScaledOut(idleReplicas);
  if (rules === null) return noBound({ id: "no-hpa-seen", params: {} });
  const first = fewestAwake(scaling);
  const steps = most <= first ? [] : stepsTo({ up: rules, down: rules }, first, most);
  if (steps === null) return noBound({ id: "policies-prevent-scale-out", params: { replicas: most } });
  const { policies, selectPolicy, stabilizationSeconds } = rules;
  return bound(
    steps.at(-1)?.atSeconds ?? 0,
    {
      id: "hpa-policies",
      params: {
        path: [first, ...steps.map(({ replicas }) => replicas)],
        policies,
        selectPolicy,
        stabilizationSeconds,
        syncSeconds: HPA_SYNC_SECONDS,
      },
    },
    ...told(sampled),
  );
}

/** From the condition Active's turn to false to idle replicas. */
export function metricIdleBound(scaling: WorkloadScaling, most: number): LowerBound {
  const { idleReplicas, keda } = scaling;
  if (most <= idleReplicas) return neverScaledOut(idleReplicas);
  if (keda === null) return noBound({ id: "no-autoscaler", params: {} });
  if (!kedaWakes(scaling)) return noBound({ id: "scale-in-before-demand-ended", params: {} });
  const { cooldownSeconds, pollingIntervalSeconds } = keda;
  const { seconds, maxSeconds } = kedaCooldown(keda);
  return bound(seconds, {
    id: "keda-cooldown-of-metric",
    params: { cooldownSeconds, pollingIntervalSeconds, maxSeconds },
  });
}

function told(sampled: boolean): LowerBoundReason[] {
  return sampled ? [] : [{ id: "demand-not-sampled", params: {} }];
}
