import type { WorkloadScaling } from "../model/autoscaling.ts";

/**
 * How many replicas come without the HPA's doing: KEDA itself takes a workload from 0, or from an idle count below its minimum, to that minimum and at least
 * to 1. Under an HPA alone none do.
 */
export function replicasByKeda({ scaler, idleReplicas, minReplicas }: WorkloadScaling): number {
  if (scaler !== "keda") return 0;
  return Math.max(minReplicas, idleReplicas === 0 ? 1 : idleReplicas);
}
