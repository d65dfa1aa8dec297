import type { FaultInjection, LiveField } from "../../../model/scenario.ts";

/** The replicas of a StatefulSet of one: at 0 it is unavailable. */
export function statefulReplicas(name: string, namespace: string): LiveField {
  return { object: { kind: "StatefulSet", name, namespace }, paths: ["spec.replicas"] };
}

export function apiMinimum(namespace: string): LiveField {
  return { object: { kind: "HorizontalPodAutoscaler", name: "api", namespace }, paths: ["spec.minReplicas"] };
}

/** A variable of the worker's main container, which overrides its ConfigMap. */
export function workerVariable(name: string, namespace: string): LiveField {
  return {
    object: { kind: "Deployment", name: "worker", namespace },
    paths: [`spec.template.spec.containers[name=worker].env[name=${name}].value`],
  };
}

/** What has these replicas is unavailable for a while, some time into the load. */
export function unavailable(replicas: LiveField, of: { afterSeconds: number; seconds: number }): FaultInjection[] {
  return [
    {
      trigger: { kind: "into the load", seconds: of.afterSeconds },
      action: { kind: "set", field: replicas, to: 0 },
      withinSeconds: of.afterSeconds + 20,
    },
    {
      trigger: { kind: "after the fault before", seconds: of.seconds },
      action: { kind: "restore" },
      withinSeconds: of.seconds + 30,
    },
  ];
}
