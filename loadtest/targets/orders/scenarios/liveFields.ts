import type { LiveField } from "../../../model/scenario.ts";

/** The fields that scenarios set for their time. */
export function workerMaximum(namespace: string): LiveField {
  return { object: { kind: "ScaledObject", name: "worker", namespace }, paths: ["spec.maxReplicaCount"] };
}

export function workerActivation(namespace: string): LiveField {
  return {
    object: { kind: "ScaledObject", name: "worker", namespace },
    paths: ["spec.triggers[type=azure-servicebus].metadata.activationMessageCount"],
  };
}

export function apiCpuTarget(namespace: string): LiveField {
  return {
    object: { kind: "HorizontalPodAutoscaler", name: "api", namespace },
    paths: [
      "spec.metrics[containerResource.name=cpu].containerResource.target.averageUtilization",
      "spec.metrics[resource.name=cpu].resource.target.averageUtilization",
    ],
  };
}
