import * as z from "zod";
import { type AutoscalerState, autoscalerState, scaledObjectState } from "./autoscaling.ts";
import { count } from "./count.ts";
import { type Reading, reading, valueOf } from "./reading.ts";
import type { Workload } from "./workload.ts";

export const deploymentState = z
  .object({
    desired: count.describe("spec.replicas: what its autoscaler, or a person, has asked for"),
    replicas: count.describe("status.replicas: pods that exist, ready or not"),
    ready: count,
    rolledOut: z.boolean().describe("whether the controller has seen this generation and every pod is of it"),
  })
  .describe("a Deployment's replicas");
export type DeploymentState = z.infer<typeof deploymentState>;

export const queueState = z.object({
  active: count.describe("waiting, or locked by a worker"),
  deadLettered: count,
});
/** The queue's counts, as the bus's management API gives them. */
export type QueueState = z.infer<typeof queueState>;

const observed = {
  apiDeployment: deploymentState,
  workerDeployment: deploymentState,
  apiAutoscaler: autoscalerState,
  workerAutoscaler: autoscalerState,
  workerScaledObject: scaledObjectState,
  queue: queueState,
};

export const sample = z
  .object({
    atMs: z.number().describe("when it was due"),
    readings: z.object({
      apiDeployment: reading(observed.apiDeployment),
      workerDeployment: reading(observed.workerDeployment),
      apiAutoscaler: reading(observed.apiAutoscaler),
      workerAutoscaler: reading(observed.workerAutoscaler),
      workerScaledObject: reading(observed.workerScaledObject),
      queue: reading(observed.queue),
    }),
  })
  .describe("what was seen at one moment");

/** All that is looked at once a second. */
export type Observed = { [Key in keyof typeof observed]: z.infer<(typeof observed)[Key]> };

/** What was seen at one moment. */
export interface Sample<T = Observed> {
  /** When it was due, in milliseconds since 1970. */
  atMs: number;
  readings: { readonly [Key in keyof T]: Reading<T[Key]> };
}

export function deploymentOf(sample: Sample, workload: Workload): Reading<DeploymentState> {
  return workload === "api" ? sample.readings.apiDeployment : sample.readings.workerDeployment;
}

export function autoscalerOf(sample: Sample, workload: Workload): Reading<AutoscalerState> {
  return workload === "api" ? sample.readings.apiAutoscaler : sample.readings.workerAutoscaler;
}

/** The newest reading that is no gap; undefined when all are. */
export function lastSeen<T>(samples: readonly Sample[], pick: (sample: Sample) => Reading<T>): Reading<T> | undefined {
  return samples.map(pick).findLast((reading) => reading.kind !== "gap");
}

/** The newest value past any gaps; undefined where it was never read, or where the object was last seen absent. */
export function newest<T>(samples: readonly Sample[], pick: (sample: Sample) => Reading<T>): T | undefined {
  const last = lastSeen(samples, pick);
  return last === undefined ? undefined : valueOf(last);
}

/** The largest number that was read; undefined when none was. */
export function peak(samples: readonly Sample[], pick: (sample: Sample) => number | undefined): number | undefined {
  const numbers = samples.map(pick).filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** The worker's replicas without work: 0 under KEDA, whatever it has been told; under an HPA alone, that one's minimum. */
export function workerIdleReplicas({ readings: { workerScaledObject, workerAutoscaler } }: Sample): number {
  return workerScaledObject.kind === "absent" && workerAutoscaler.kind === "value" ? workerAutoscaler.value.min : 0;
}
