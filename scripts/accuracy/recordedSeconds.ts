import { valueAt } from "../../loadtest/model/curve.ts";
import type { Recording } from "../../loadtest/model/recording.ts";
import { backlogBegan } from "../../loadtest/timings/backlog.ts";
import { queueCurve, replicaCurve } from "../../loadtest/timings/curves.ts";
import type { QueueFed } from "../../loadtest/timings/signals.ts";
import type { Second } from "../../loadtest/planner/simulateWorkload.ts";

/**
 * A recorded run second by second, as a simulated one is: from the first sample that saw the backlog, each second by the newest sample until then. What is said of
 * the one by `statisticsOf` is so said of the other by the same code.
 * @param messages how many were sent, all at once.
 * @returns null where no backlog was seen.
 */
export function recordedSeconds(recording: Recording, fed: QueueFed, messages: number): Second[] | null {
  const began = backlogBegan(recording, fed);
  if (began === null) return null;
  const queue = queueCurve(recording.samples, fed.queue);
  const desired = replicaCurve(recording, fed.workload, (state) => state.desired);
  const ready = replicaCurve(recording, fed.workload, (state) => state.ready);
  const existing = replicaCurve(recording, fed.workload, (state) => state.replicas);
  const length = Math.floor((recording.endMs - began.atMs) / 1000) + 1;
  return Array.from({ length }, (_, second) => {
    const atMs = began.atMs + second * 1000;
    const active = valueAt(queue, atMs) ?? 0;
    return {
      desired: valueAt(desired, atMs) ?? 0,
      ready: valueAt(ready, atMs) ?? 0,
      existing: valueAt(existing, atMs) ?? 0,
      active,
      completed: Math.max(0, messages - active),
    };
  });
}
