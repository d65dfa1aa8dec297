import * as z from "zod";
import { type AutoscalerState, autoscalerState, type ScaledObjectState, scaledObjectState } from "./autoscaling.ts";
import { count } from "./count.ts";
import { type Reading, reading, valueOf } from "./reading.ts";
import { type Workload, workload } from "./workload.ts";

export const replicaState = z
  .object({
    desired: count.describe("spec.replicas: what its autoscaler, or a person, has asked for"),
    replicas: count.describe("status.replicas: pods that exist, ready or not"),
    ready: count,
    refused: z
      .string()
      .optional()
      .describe("the message of condition ReplicaFailure: the API server refuses pods; left out where there is none"),
    rolledOut: z.boolean().describe("whether the controller has seen this generation and every pod is of it"),
  })
  .describe("the replicas of a Deployment or StatefulSet");
export type ReplicaState = z.infer<typeof replicaState>;

export const queueState = z.object({
  active: count.describe("waiting, or locked by a consumer"),
  deadLettered: count,
});
/** A queue's counts, as its own management API gives them. */
export type QueueState = z.infer<typeof queueState>;

export const externalMetricValue = z.object({
  name: z.string().describe("as the HPA names it"),
  value: z.number().describe("not divided by replicas"),
});
export type ExternalMetricValue = z.infer<typeof externalMetricValue>;

export const workloadReadings = z.object({
  replicas: reading(replicaState),
  autoscaler: reading(autoscalerState).describe("the HPA that names it in scaleTargetRef, KEDA's own included"),
  scaledObject: reading(scaledObjectState).describe("the ScaledObject that names it in scaleTargetRef"),
  externalMetrics: reading(z.array(externalMetricValue)).describe(
    "from external.metrics.k8s.io, read less often than the rest; absent where it has none",
  ),
});
/** What was read of one workload. */
export interface WorkloadReadings {
  readonly replicas: Reading<ReplicaState>;
  readonly autoscaler: Reading<AutoscalerState>;
  readonly scaledObject: Reading<ScaledObjectState>;
  readonly externalMetrics: Reading<ExternalMetricValue[]>;
}

export const sample = z
  .object({
    atMs: z.number().describe("when it was due"),
    workloads: z.record(workload, workloadReadings),
    queues: z.record(z.string(), reading(queueState)).describe("queues that the target reads at their source"),
  })
  .describe("what was seen at one moment");

/** What was seen at one moment. */
export interface Sample {
  /** When it was due, in milliseconds since 1970. */
  readonly atMs: number;
  readonly workloads: Readonly<Record<Workload, WorkloadReadings>>;
  readonly queues: Readonly<Record<string, Reading<QueueState>>>;
}

const NOT_SAMPLED = { kind: "gap", error: "it was not sampled" } as const;

export function replicasOf(sample: Sample, workload: Workload): Reading<ReplicaState> {
  return sample.workloads[workload]?.replicas ?? NOT_SAMPLED;
}

export function autoscalerOf(sample: Sample, workload: Workload): Reading<AutoscalerState> {
  return sample.workloads[workload]?.autoscaler ?? NOT_SAMPLED;
}

export function scaledObjectOf(sample: Sample, workload: Workload): Reading<ScaledObjectState> {
  return sample.workloads[workload]?.scaledObject ?? NOT_SAMPLED;
}

export function queueOf(sample: Sample, queue: string): Reading<QueueState> {
  return sample.queues[queue] ?? NOT_SAMPLED;
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
