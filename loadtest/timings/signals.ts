import {
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
  queue: QueueExpectation | null,
): QueueFed | undefined {
  return queue?.workload === workload ? { workload, queue: queue.name, scaling: scalingOf(live, workload) } : undefined;
}

/** The triggers whose metric KEDA itself reads. `cpu` and `memory` it leaves to the HPA: they never wake a workload from 0. */
export function externalTriggers(triggers: readonly TriggerState[]): TriggerState[] {
  return triggers.filter(({ type }) => type !== "cpu" && type !== "memory");
}

/** The trigger by which KEDA follows the queue; undefined where it follows none. */
export function triggerOfQueue(scaling: Pick<WorkloadScaling, "keda">): TriggerState | undefined {
  return queueTrigger(externalTriggers(scaling.keda?.triggers ?? []));
}

/** Whether KEDA, and not its HPA, takes the last replicas away: there is no minimum, or it idles below it. */
export function kedaScalesIn({ scaler, idleReplicas, minReplicas }: WorkloadScaling): boolean {
  return scaler === "keda" && (idleReplicas === 0 || idleReplicas < minReplicas);
}
