import {
  externalTriggers,
  queueTrigger,
  scalingOf,
  type AutoscalingConfig,
  type TriggerState,
  type WorkloadScaling,
} from "../model/autoscaling.ts";
import type { QueueExpectation } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** A workload that a queue of the target feeds. */
export interface QueueFed {
  workload: Workload;
  /** The queue's name among the target's queues. */
  queue: string;
  scaling: WorkloadScaling;
}

/** Undefined where no queue of the target feeds it. */
export function queueFed(
  live: AutoscalingConfig,
  workload: Workload,
  queue: Pick<QueueExpectation, "name" | "workload"> | null,
): QueueFed | undefined {
  return queue?.workload === workload ? { workload, queue: queue.name, scaling: scalingOf(live, workload) } : undefined;
}

/** The trigger by which KEDA follows the queue; undefined where it follows none. */
export function triggerOfQueue(scaling: Pick<WorkloadScaling, "keda">): TriggerState | undefined {
  return queueTrigger(externalTriggers(scaling.keda?.triggers ?? []));
}
