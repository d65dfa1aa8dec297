import type { AutoscalingConfig, WorkloadScaling } from "../model/autoscaling.ts";
import { idleReplicasIn } from "../model/idleReplicas.ts";
import { autoscalerOf, newest, replicasOf, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { WorkloadDeclaration } from "../model/workload.ts";

/**
 * What the live objects say about how these workloads scale; undefined while something of it was not read. A workload without an autoscaler is known: it has
 * none.
 */
export function autoscalingConfigOf(
  samples: readonly Sample[],
  workloads: readonly WorkloadDeclaration[],
  metricsResolutionSeconds: number,
): AutoscalingConfig | undefined {
  const known: Record<string, WorkloadScaling> = {};
  for (const workload of workloads) {
    const scaling = workloadScaling(samples, workload);
    if (scaling === undefined) return undefined;
    known[workload.name] = scaling;
  }
  return { workloads: known, metricsResolutionSeconds };
}

function workloadScaling(samples: readonly Sample[], workload: WorkloadDeclaration): WorkloadScaling | undefined {
  const { name } = workload;
  const read = samples.findLast(
    (sample) => autoscalerOf(sample, name).kind !== "gap" && scaledObjectOf(sample, name).kind !== "gap",
  );
  const idleReplicas = read === undefined ? undefined : idleReplicasIn(read, workload);
  if (idleReplicas === undefined) return undefined;
  const scaledObject = newest(samples, (sample) => scaledObjectOf(sample, name));
  const autoscaler = newest(samples, (sample) => autoscalerOf(sample, name));
  const replicas = newest(samples, (sample) => replicasOf(sample, name))?.desired ?? 0;
  return {
    scaler: scaledObject !== undefined ? "keda" : autoscaler !== undefined ? "hpa" : "none",
    idleReplicas,
    minReplicas: scaledObject?.minReplicas ?? autoscaler?.min ?? replicas,
    maxReplicas: scaledObject?.maxReplicas ?? autoscaler?.max ?? replicas,
    targets: (autoscaler?.metrics ?? []).map(({ current: _current, ...held }) => held),
    scaleUp: autoscaler?.scaleUp ?? null,
    scaleDown: autoscaler?.scaleDown ?? null,
    keda:
      scaledObject === undefined
        ? null
        : {
            pollingIntervalSeconds: scaledObject.pollingIntervalSeconds,
            cooldownSeconds: scaledObject.cooldownSeconds,
            triggers: scaledObject.triggers,
          },
  };
}
