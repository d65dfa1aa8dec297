import { peak, queueOf, type Sample } from "../model/observed.ts";
import type { PodRecord } from "../model/pods.ts";
import { valueOf } from "../model/reading.ts";
import type { QueueExpectation } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** A workload with what belongs to it, for whoever asks why it did what it did. */
export interface Inspected {
  workload: Workload;
  /** The container that does its work; null where that is not known. */
  container: string | null;
  /** The queue that the load is about, whichever workload it feeds; null where there is none. */
  queue: Pick<QueueExpectation, "name" | "workload"> | null;
  /** Its pods that existed meanwhile. */
  pods: readonly PodRecord[];
}

/** The name of the queue that feeds it; null where none does. */
export function ownQueue({ workload, queue }: Inspected): string | null {
  return queue?.workload === workload ? queue.name : null;
}

/** What waits on a queue; undefined where that was not read. */
export function messagesOn(sample: Sample, queue: string): number | undefined {
  return valueOf(queueOf(sample, queue))?.active;
}

export function mostMessages(samples: readonly Sample[], queue: string): number {
  return peak(samples, (sample) => messagesOn(sample, queue)) ?? 0;
}
