import { type Cause, causeOf } from "../model/cause.ts";
import { autoscalerOf, deploymentOf, type Sample, workerIdleReplicas } from "../model/observed.ts";
import type { Workload } from "../model/workload.ts";
import { autoscalerFaults } from "./autoscalerFaults.ts";

/** What stands in the way of a load, as one sample shows it; nothing when everything is idle. */
export function idleBlockers(sample: Sample): Cause[] {
  return [...workerBlockers(sample), ...queueBlockers(sample), ...apiBlockers(sample)];
}

/** Since when, without a break, the newest samples show everything idle; undefined when the newest does not. */
export function idleSinceMs(samples: readonly Sample[]): number | undefined {
  const lastBusy = samples.findLastIndex((sample) => idleBlockers(sample).length > 0);
  return samples[lastBusy + 1]?.atMs;
}

function workerBlockers(sample: Sample): Cause[] {
  const found = deploymentBlockers(sample, "worker", workerIdleReplicas(sample));
  // A broken autoscaler is for the load to find out; only where it keeps the worker up will nothing ever be idle.
  return found.length === 0 ? [] : [...found, ...autoscalerFaults([sample], "worker")];
}

function queueBlockers({ readings: { queue } }: Sample): Cause[] {
  switch (queue.kind) {
    case "gap":
      return [causeOf("queue-unreadable", "queue", { error: queue.error })];
    case "absent":
      return [causeOf("queue-missing", "queue", {})];
    case "value":
      return queue.value.active === 0 ? [] : [causeOf("queue-not-empty", "queue", { messages: queue.value.active })];
  }
}

function apiBlockers(sample: Sample): Cause[] {
  const autoscaler = autoscalerOf(sample, "api");
  if (autoscaler.kind === "gap") return [causeOf("hpa-unreadable", "api", { error: autoscaler.error })];
  if (autoscaler.kind === "absent") return [causeOf("hpa-missing", "api", {})];
  const { min, metrics } = autoscaler.value;
  return [
    ...deploymentBlockers(sample, "api", min),
    ...metrics.flatMap((metric) => {
      const { current, target } = metric;
      if (current === null) return [causeOf("hpa-metric-without-reading", "api", { metric })];
      return target !== null && current >= target ? [causeOf("hpa-metric-at-target", "api", { metric })] : [];
    }),
  ];
}

function deploymentBlockers(sample: Sample, workload: Workload, idleReplicas: number): Cause[] {
  const reading = deploymentOf(sample, workload);
  if (reading.kind === "gap") return [causeOf("deployment-unreadable", workload, { error: reading.error })];
  if (reading.kind === "absent") return [causeOf("deployment-missing", workload, {})];
  const { desired, ready, replicas, rolledOut } = reading.value;
  if (!rolledOut) return [causeOf("rollout-not-finished", workload, {})];
  return desired === idleReplicas && ready === idleReplicas && replicas === idleReplicas
    ? []
    : [causeOf("replicas-not-idle", workload, { desired, ready, idleReplicas })];
}
