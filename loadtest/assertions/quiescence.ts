import { autoscalingTroubles } from "./causes.ts";
import { type DeploymentState, type Sample, autoscalerOf, deploymentOf } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

/** What stands in the way of a load, in words, as one sample shows it; nothing when everything is at rest. */
export function idleBlockers(sample: Sample): string[] {
  return [...workerObstacles(sample), ...queueObstacles(sample), ...apiObstacles(sample)];
}

/** Since when, without a break, the newest samples show everything at rest; undefined when the newest does not. */
export function idleSinceMs(samples: readonly Sample[]): number | undefined {
  const lastRestless = samples.findLastIndex((sample) => idleBlockers(sample).length > 0);
  return samples[lastRestless + 1]?.atMs;
}

/** The worker's replicas without work: 0 under KEDA, whatever it has been told; under an HPA alone, that one's minimum. */
export function workerIdleReplicas({ readings: { workerScaledObject, workerAutoscaler } }: Sample): number {
  return workerScaledObject.kind === "absent" && workerAutoscaler.kind === "value" ? workerAutoscaler.value.min : 0;
}

function workerObstacles(sample: Sample): string[] {
  const found = deploymentObstacles(sample, "worker", workerIdleReplicas(sample));
  // A broken autoscaler is for the load to find out; only where it holds the worker up will nothing ever come to rest.
  return found.length === 0 ? [] : [...found, ...autoscalingTroubles([sample], "worker")];
}

function queueObstacles(sample: Sample): string[] {
  const { queue } = sample.readings;
  switch (queue.kind) {
    case "gap":
      return [`the queue cannot be read: ${queue.error}`];
    case "absent":
      return ["the bus has no such queue"];
    case "value":
      return queue.value.active === 0 ? [] : [`the queue still holds ${queue.value.active} messages`];
  }
}

function apiObstacles(sample: Sample): string[] {
  const autoscaler = autoscalerOf(sample, "api");
  if (autoscaler.kind === "gap") return [`HPA api cannot be read: ${autoscaler.error}`];
  if (autoscaler.kind === "absent") return ["there is no HPA api"];
  const { min, metrics } = autoscaler.value;
  const found = deploymentObstacles(sample, "api", min);
  for (const { name, current, target } of metrics) {
    if (current === null) found.push(`HPA api has no reading of ${name} yet`);
    else if (target !== null && current >= target)
      found.push(`HPA api reads ${name} ${current}, its target is ${target}`);
  }
  return found;
}

function deploymentObstacles(sample: Sample, workload: Workload, rest: number): string[] {
  const reading: Reading<DeploymentState> = deploymentOf(sample, workload);
  if (reading.kind === "gap") return [`Deployment ${workload} cannot be read: ${reading.error}`];
  if (reading.kind === "absent") return [`there is no Deployment ${workload}`];
  const { desired, ready, replicas, rolledOut } = reading.value;
  if (!rolledOut) return [`the roll-out of ${workload} is not finished`];
  return desired === rest && ready === rest && replicas === rest
    ? []
    : [`${workload} has ${desired} replicas desired and ${ready} ready, at rest it has ${rest}`];
}
