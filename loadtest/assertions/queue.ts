import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { queueOf, type QueueState } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { coverageGap, type Timed } from "../model/sampleCoverage.ts";
import { interruption, type Run } from "./run.ts";

/**
 * So many messages waited all the time from the load's end: enough to see that none was taken, and never so many as would start a replica.
 * @param restoredMs when the activation threshold was restored; null where that never came.
 */
export function messagesWait(run: Run, queue: string, messages: number, restoredMs: number | null): Assertion {
  const claim = { id: "messages-wait-below-activation", subject: queue, expected: { messages } } as const;
  const fromMs = run.loadEndMs;
  if (restoredMs === null || fromMs === null) {
    const cause = interruption(run) ?? causeOf("moment-not-reached", queue, { moment: "threshold-restored" });
    return inconclusive(claim, null, cause);
  }
  const all = queueReadings(run, queue).filter(({ atMs }) => atMs >= fromMs && atMs <= restoredMs);
  const readings = all.filter(({ reading }) => reading.kind === "value").length;
  const other = all.find(({ reading }) => reading.kind !== "gap" && valueOf(reading)?.active !== messages)?.reading;
  if (other !== undefined) {
    const seen = valueOf(other)?.active ?? "absent";
    return failed(claim, { messages: seen, readings }, causeOf("messages-taken-or-added", queue, {}));
  }
  const doubt = coverageGap(all, fromMs, restoredMs, queue);
  const measured = { messages, readings };
  return doubt === undefined ? passed(claim, measured) : inconclusive(claim, measured, doubt);
}

/**
 * Nothing was on the queue throughout. Otherwise a workload that stayed idle would show nothing about a load that is not to reach it, and
 * one that did not would have had its reason.
 */
export function queueStaysEmpty(run: Run, queue: string): Assertion {
  const claim = { id: "queue-stays-empty", subject: queue, expected: {} } as const;
  const all = queueReadings(run, queue);
  const readings = all.filter(({ reading }) => reading.kind === "value").length;
  const most = Math.max(0, ...all.map(({ reading }) => valueOf(reading)?.active ?? 0));
  if (all.some(({ reading }) => reading.kind === "absent")) {
    return failed(claim, { messages: "absent", readings }, causeOf("queue-missing", queue, {}));
  }
  const measured = { messages: most, readings };
  if (most > 0) return failed(claim, measured, causeOf("messages-from-elsewhere", queue, {}));
  const doubt = coverageGap(all, all[0]?.atMs ?? run.loadStartMs, run.endMs, queue) ?? interruption(run);
  return doubt === undefined ? passed(claim, measured) : inconclusive(claim, measured, doubt);
}

function queueReadings(run: Run, queue: string): Timed<QueueState>[] {
  return run.samples.map((sample) => ({ atMs: sample.atMs, reading: queueOf(sample, queue) }));
}
