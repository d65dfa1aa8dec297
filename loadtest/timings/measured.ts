import { type Curve, firstMoment, type Moment } from "../model/curve.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";
import { INSTANT_LOAD_MS } from "./backlog.ts";
import { queueCurve, replicaCurve } from "./curves.ts";
import type { QueueFed } from "./signals.ts";

/** Seconds from one moment to another, and by how much they may be off; null where either was not seen. */
export type Measured = { seconds: number; uncertaintySeconds: number } | null;

export function between(from: Moment | null, to: Moment | null): Measured {
  if (from === null || to === null) return null;
  return {
    seconds: (to.atMs - from.atMs) / 1000,
    // An end that came earlier than it was seen makes it shorter, a beginning longer: the two do not add up.
    uncertaintySeconds: Math.max(from.uncertaintySeconds, to.uncertaintySeconds),
  };
}

/**
 * When the queue first held less than before. While messages keep coming it may grow though some are processed: then the first was processed at some time
 * between the first ready replica and that moment.
 */
export function firstProcessed(recording: Recording, { workload, queue }: QueueFed, began: Moment | null): Measured {
  if (began === null) return null;
  const { samples, loadStartMs, loadEndMs, endMs } = recording;
  const decrease = between(began, firstDecrease(queueCurve(samples, queue), began.atMs));
  if (decrease === null || (loadEndMs ?? endMs) - loadStartMs <= INSTANT_LOAD_MS) return decrease;
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const first = between(
    began,
    firstMoment(ready, began.atMs, (count) => count >= 1),
  );
  const earlier = decrease.seconds - (first?.seconds ?? decrease.seconds);
  return { ...decrease, uncertaintySeconds: Math.max(decrease.uncertaintySeconds, earlier) };
}

function firstDecrease(queue: Curve, fromMs: number): Moment | null {
  let most = 0;
  for (const [index, { atMs, value }] of queue.entries()) {
    if (atMs < fromMs) continue;
    if (value < most) return { atMs, uncertaintySeconds: (atMs - (queue[index - 1]?.atMs ?? atMs)) / 1000 };
    most = Math.max(most, value);
  }
  return null;
}

/** The first moment after `since` from which on the workload stayed at its `idle` replicas; null where it did not. */
export function idleFrom(recording: Recording, workload: Workload, idle: number, since: Moment | null): Moment | null {
  if (since === null) return null;
  const busy = replicaCurve(recording, workload, (state) =>
    state.desired === idle && state.ready === idle && state.replicas === idle ? 0 : 1,
  );
  const lastBusyMs = busy.findLast(({ value }) => value === 1)?.atMs ?? since.atMs;
  return firstMoment(busy, Math.max(since.atMs, lastBusyMs), (value) => value === 0);
}
