import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import type { ReplicaState } from "../model/observed.ts";

/** What the proof needs of a Deployment or a StatefulSet. */
export function replicaState(object: V1Deployment | V1StatefulSet): ReplicaState {
  const { metadata, spec, status } = object;
  const replicas = status?.replicas ?? 0;
  const failure = status?.conditions?.find(({ type, status: holds }) => type === "ReplicaFailure" && holds === "True");
  return {
    desired: spec?.replicas ?? 1,
    replicas,
    ready: status?.readyReplicas ?? 0,
    ...(failure === undefined ? {} : { refused: failure.message ?? failure.reason ?? "" }),
    rolledOut:
      (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && (status?.updatedReplicas ?? 0) === replicas,
  };
}
