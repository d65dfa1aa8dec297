import type { AutoscalerState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { idleReplicasIn } from "../model/idleReplicas.ts";
import { autoscalerOf, queueOf, replicasOf, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { autoscalerFaults } from "./autoscalerFaults.ts";

/** What has to be idle before a load. */
export interface System {
  workloads: readonly WorkloadDeclaration[];
  /** Queues that the target reads at their source, by name. */
  queues: readonly string[];
}

/** What stands in the way of a load, as one sample shows it; nothing when everything is idle. */
export function idleBlockers(sample: Sample, system: System): Cause[] {
  return [
    ...system.workloads.flatMap((workload) => workloadBlockers(sample, workload, system.queues)),
    ...system.queues.flatMap((queue) => queueBlockers(sample, queue)),
  ];
}

/** Since when, without a break, the newest samples show everything idle; undefined when the newest does not. */
export function idleSinceMs(samples: readonly Sample[], system: System): number | undefined {
  const lastBusy = samples.findLastIndex((sample) => idleBlockers(sample, system).length > 0);
  return samples[lastBusy + 1]?.atMs;
}

function workloadBlockers(sample: Sample, declaration: WorkloadDeclaration, queues: readonly string[]): Cause[] {
  const { name } = declaration;
  const idleReplicas = idleReplicasIn(sample, declaration);
  const byKeda = scaledObjectOf(sample, name).kind === "value" || declaration.idleReplicas !== null;
  if (!byKeda) return hpaBlockers(sample, name, idleReplicas);
  const found = idleReplicas === undefined ? unreadable(sample, name) : replicaBlockers(sample, name, idleReplicas);
  // A broken autoscaler is for the load to find out; only where it keeps the workload up will nothing ever be idle.
  const followsQueue = declaration.idleReplicas !== null && queues.length > 0;
  return found.length === 0 ? [] : [...found, ...autoscalerFaults([sample], name, followsQueue)];
}

function hpaBlockers(sample: Sample, workload: Workload, idleReplicas: number | undefined): Cause[] {
  const autoscaler = autoscalerOf(sample, workload);
  if (autoscaler.kind === "absent" && scaledObjectOf(sample, workload).kind === "absent") {
    return [causeOf("autoscaler-missing", workload, {})];
  }
  if (idleReplicas === undefined) return unreadable(sample, workload);
  return [
    ...replicaBlockers(sample, workload, idleReplicas),
    ...(autoscaler.kind === "value"
      ? [...disabledBlockers(autoscaler.value), ...metricBlockers(autoscaler.value)]
      : []),
  ];
}

/** Its workload is at 0, from where an HPA with a minimum of its own never takes it. */
function disabledBlockers({ name, min, conditions: { ScalingActive } }: AutoscalerState): Cause[] {
  if (min === 0 || ScalingActive?.status !== "False" || ScalingActive.reason !== "ScalingDisabled") return [];
  const { reason, message } = ScalingActive;
  return [causeOf("hpa-condition-false", name, { condition: "ScalingActive", reason, message })];
}

function metricBlockers({ name, metrics }: AutoscalerState): Cause[] {
  return metrics.flatMap((metric) => {
    const { current, target } = metric;
    if (current === null) return [causeOf("hpa-metric-without-reading", name, { metric })];
    return target !== null && current >= target ? [causeOf("hpa-metric-at-target", name, { metric })] : [];
  });
}

/** Idle replicas are not known where what says them could not be read. */
function unreadable(sample: Sample, workload: Workload): Cause[] {
  const gap = [scaledObjectOf(sample, workload), autoscalerOf(sample, workload)].find(({ kind }) => kind === "gap");
  const error = gap?.kind === "gap" ? gap.error : "it says nothing of idle replicas";
  return [causeOf("hpa-unreadable", workload, { error })];
}

function queueBlockers(sample: Sample, name: string): Cause[] {
  const queue = queueOf(sample, name);
  switch (queue.kind) {
    case "gap":
      return [causeOf("queue-unreadable", name, { error: queue.error })];
    case "absent":
      return [causeOf("queue-missing", name, {})];
    case "value":
      return queue.value.active === 0 ? [] : [causeOf("queue-not-empty", name, { messages: queue.value.active })];
  }
}

function replicaBlockers(sample: Sample, workload: Workload, idleReplicas: number): Cause[] {
  const reading = replicasOf(sample, workload);
  if (reading.kind === "gap") return [causeOf("deployment-unreadable", workload, { error: reading.error })];
  if (reading.kind === "absent") return [causeOf("deployment-missing", workload, {})];
  const { desired, ready, replicas, rolledOut, refused } = reading.value;
  const refusals = refused === undefined ? [] : [causeOf("replicas-refused", workload, { message: refused })];
  if (!rolledOut) return [causeOf("rollout-not-finished", workload, {}), ...refusals];
  return desired === idleReplicas && ready === idleReplicas && replicas === idleReplicas
    ? []
    : [causeOf("replicas-not-idle", workload, { desired, ready, idleReplicas }), ...refusals];
}
