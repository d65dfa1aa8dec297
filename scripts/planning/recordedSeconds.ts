import { valueAt } from "../../loadtest/model/curve.ts";
import type { Recording } from "../../loadtest/model/recording.ts";
import { arrivedAt, backlogBegan } from "../../loadtest/timings/backlog.ts";
import { queueCurve, replicaCurve } from "../../loadtest/timings/curves.ts";
import type { Workload } from "../../loadtest/model/workload.ts";
import type { QueueFed } from "../../loadtest/timings/signals.ts";
import type { Second } from "../../loadtest/planner/simulateWorkload.ts";

/**
 * A recorded run second by second, as a simulated one is: from the first sample that saw the backlog, or from the load's start where no queue feeds it, each second by
 * the newest sample until then. What is said of the one by `statisticsOf` is so said of the other by the same code.
 * @param of `messages`: how many were sent, evenly over the load's time.
 * @returns null where no backlog was seen.
 */
export function recordedSeconds(
  recording: Recording,
  { workload, fed, messages }: { workload: Workload; fed: QueueFed | undefined; messages: number },
): Second[] | null {
  const beganMs = fed === undefined ? recording.loadStartMs : backlogBegan(recording, fed)?.atMs;
  if (beganMs === undefined) return null;
  const queue = fed === undefined ? null : queueCurve(recording.samples, fed.queue);
  const desired = replicaCurve(recording, workload, (state) => state.desired);
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const existing = replicaCurve(recording, workload, (state) => state.replicas);
  const length = Math.floor((recording.endMs - beganMs) / 1000) + 1;
  return Array.from({ length }, (_, second) => {
    const atMs = beganMs + second * 1000;
    const active = queue === null ? null : (valueAt(queue, atMs) ?? 0);
    return {
      desired: valueAt(desired, atMs) ?? 0,
      ready: valueAt(ready, atMs) ?? 0,
      existing: valueAt(existing, atMs) ?? 0,
      active,
      completed: active === null ? null : Math.max(0, arrivedAt(recording, messages, atMs) - active),
    };
  });
}
