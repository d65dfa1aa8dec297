import { scaledObjectState } from "../../../loadtest/observe/scaledObject.ts";
import type { ScaledObject } from "../view.ts";

/** Why KEDA refuses the replica counts of a ScaledObject; undefined where it takes them. */
export function refusedReplicaBounds(scaled: ScaledObject): string | undefined {
  const { minReplicas, idleReplicas, maxReplicas } = scaledObjectState(scaled);
  if (idleReplicas !== null && idleReplicas >= minReplicas) {
    return `idleReplicaCount ${idleReplicas} is not below minReplicaCount ${minReplicas}`;
  }
  return minReplicas > maxReplicas
    ? `minReplicaCount ${minReplicas} exceeds maxReplicaCount ${maxReplicas}`
    : undefined;
}
