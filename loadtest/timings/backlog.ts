import { type Curve, firstMoment, largest, type Moment, valueAt } from "../model/curve.ts";
import { queueOf, scaledObjectOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Recording } from "../model/recording.ts";
import type { BacklogGap } from "../model/timing.ts";
import { HOLD_MS, queueCurve, replicaCurve } from "./curves.ts";
import { type QueueFed, triggerOfQueue } from "./signals.ts";

/** A load that takes no longer than this counts as a backlog that was there at once, where the number of its messages is not known. */
export const INSTANT_LOAD_MS = 15_000;

/** The backlog of a run: how many messages came, and how fast a replica processed them. */
export interface Backlog {
  /** Messages that came. */
  messages: number;
  /** How long they kept coming, evenly as far as is known. */
  arrivalSeconds: number;
  /** Messages a second of one ready replica, as measured while there was work. */
  messagesPerSecondPerReplica: number;
}

/**
 * When the queue was first seen above KEDA's activation threshold, as that was then: a scenario may change it. Null where it never was.
 */
export function backlogBegan(
  { samples, loadStartMs }: Recording,
  { workload, queue, scaling }: QueueFed,
): Moment | null {
  const wakes = samples.flatMap((sample) => {
    const messages = valueOf(queueOf(sample, queue));
    if (messages === undefined) return [];
    const then = valueOf(scaledObjectOf(sample, workload));
    const trigger = triggerOfQueue(then === undefined ? scaling : { keda: then }) ?? triggerOfQueue(scaling);
    return [{ atMs: sample.atMs, value: messages.active > (trigger?.activation ?? 0) ? 1 : 0 }];
  });
  return sinceLoadStart(
    firstMoment(wakes, loadStartMs, (value) => value === 1),
    loadStartMs,
  );
}

/** What begins with the load was not there before it. */
export function sinceLoadStart(began: Moment | null, loadStartMs: number): Moment | null {
  return began === null
    ? null
    : { ...began, uncertaintySeconds: Math.min(began.uncertaintySeconds, (began.atMs - loadStartMs) / 1000) };
}

/** When the queue was first seen empty after the load; null where it was not. The backlog itself may show only after a short load has ended. */
export function drainedAt(recording: Recording, fed: QueueFed): Moment | null {
  const { samples, loadEndMs } = recording;
  const began = backlogBegan(recording, fed);
  if (loadEndMs === null || began === null) return null;
  return firstMoment(queueCurve(samples, fed.queue), Math.max(loadEndMs, began.atMs), (active) => active === 0);
}

/**
 * The backlog as it was seen, and the pace at which a replica worked it off.
 * @param messages how many were sent; null where that is not known: the most that were seen on the queue stand in, if the load was over at once.
 * @returns what is missing where something was not seen.
 */
export function measuredBacklog(recording: Recording, fed: QueueFed, messages: number | null): Backlog | BacklogGap {
  const { samples, loadStartMs, loadEndMs } = recording;
  const queue = queueCurve(samples, fed.queue);
  if (backlogBegan(recording, fed) === null) return { id: "no-backlog", params: {} };
  if (loadEndMs === null) return { id: "load-not-ended", params: {} };
  const most = largest(queue, loadStartMs, recording.endMs) ?? 0;
  if (messages === null && loadEndMs - loadStartMs > INSTANT_LOAD_MS) return { id: "orders-unknown", params: {} };
  const total = Math.max(messages ?? 0, most);
  const messagesPerSecondPerReplica = paceWhileBusy(recording, fed, total);
  if (messagesPerSecondPerReplica === null) return { id: "no-busy-worker", params: {} };
  return { messages: total, arrivalSeconds: (loadEndMs - loadStartMs) / 1000, messagesPerSecondPerReplica };
}

/** How many of `messages` have come at a moment, evenly over the load's time; all of them where that is not known. */
export function arrivedAt({ loadStartMs, loadEndMs }: Recording, messages: number, atMs: number): number {
  if (loadEndMs === null || loadEndMs <= loadStartMs) return messages;
  return messages * Math.min(1, Math.max(0, (atMs - loadStartMs) / (loadEndMs - loadStartMs)));
}

/** What left the queue, over the time that ready replicas had work. */
function paceWhileBusy(
  recording: Recording,
  { workload, queue: name, scaling }: QueueFed,
  messages: number,
): number | null {
  const { samples, loadStartMs } = recording;
  const queue: Curve = queueCurve(samples, name);
  const ready = replicaCurve(recording, workload, (state) => Math.min(state.ready, scaling.maxReplicas));
  const arrived = (atMs: number): number => arrivedAt(recording, messages, atMs);
  let processed = 0;
  let replicaSeconds = 0;
  for (const [index, reading] of queue.entries()) {
    const before = queue[index - 1];
    if (before === undefined || before.atMs < loadStartMs || before.value === 0 || reading.value === 0) continue;
    const replicas = valueAt(ready, before.atMs);
    if (replicas === undefined || replicas === 0 || reading.atMs - before.atMs > HOLD_MS) continue;
    processed += before.value - reading.value + arrived(reading.atMs) - arrived(before.atMs);
    replicaSeconds += (replicas * (reading.atMs - before.atMs)) / 1000;
  }
  return replicaSeconds > 0 && processed > 0 ? processed / replicaSeconds : null;
}
