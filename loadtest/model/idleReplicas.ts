import { autoscalerOf, replicasOf, type Sample, scaledObjectOf } from "./observed.ts";
import { valueOf } from "./reading.ts";
import type { WorkloadDeclaration } from "./workload.ts";

/**
 * The replicas of a workload without work, as a sample's objects say: under KEDA what is declared for it, else idleReplicaCount, else minReplicaCount; under
 * an HPA alone its minimum; without an autoscaler as many as are desired. Undefined where it cannot be told from this sample.
 */
export function idleReplicasIn(sample: Sample, { name, idleReplicas }: WorkloadDeclaration): number | undefined {
  const scaledObject = scaledObjectOf(sample, name);
  if (scaledObject.kind === "value")
    return idleReplicas ?? scaledObject.value.idleReplicas ?? scaledObject.value.minReplicas;
  if (scaledObject.kind === "gap") return idleReplicas ?? undefined;
  const autoscaler = autoscalerOf(sample, name);
  if (autoscaler.kind === "value") return autoscaler.value.min;
  if (autoscaler.kind === "gap") return undefined;
  return idleReplicas ?? valueOf(replicasOf(sample, name))?.desired;
}
