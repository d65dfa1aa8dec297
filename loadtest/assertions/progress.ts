import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { type Sample, deploymentOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { ScalingExpectation, Scenario } from "../model/scenario.ts";

/** How long the proof waits, in seconds. Generous: each bounds a failure, a set-up that works is far quicker. */
export interface Deadlines {
  /** For everything to come to rest before a load. */
  quiescenceTimeoutSeconds: number;
  /** How long everything has to be at rest before a load. */
  quiescenceSeconds: number;
  /** To the replicas that a movement declares, at the most: for tests that know better. */
  scaleOutSeconds: number;
  /** From the load's end, and on top of whatever was done on purpose, to an empty queue. */
  drainSeconds: number;
  /** On top of the cooldown or stabilisation window, for the way back. */
  returnMarginSeconds: number;
}

export const DEADLINES: Deadlines = {
  quiescenceTimeoutSeconds: 240,
  quiescenceSeconds: 10,
  scaleOutSeconds: Infinity,
  drainSeconds: 300,
  returnMarginSeconds: 120,
};

/** A run that is still going on, as far as it has been seen. */
export interface Progress {
  samples: readonly Sample[];
  loadStartMs: number;
  loadEndMs: number | null;
  loadBroke: boolean;
  /** What is to be done on purpose and was not yet, in words; undefined when all is done. */
  pending: string | undefined;
  /** When the last thing was done on purpose; null where nothing was. */
  lastInjectionMs: number | null;
  /** When what was changed on purpose was restored; null where it is not. */
  restoredMs: number | null;
}

type Known = Pick<Progress, "samples" | "loadStartMs" | "loadEndMs" | "restoredMs" | "lastInjectionMs">;

/** What is still to be waited for, in words; undefined when the outcome is decided. */
export function pendingCondition(
  scenario: Scenario,
  course: Progress,
  live: AutoscalingConfig,
  deadlines: Deadlines,
): string | undefined {
  if (course.loadBroke) return undefined;
  if (course.loadEndMs === null) return "the load to end";
  if (course.pending !== undefined) return course.pending;
  const nowMs = course.samples.at(-1)?.atMs ?? course.loadStartMs;
  const drained = scenario.queue === "drains" ? drainedMs(course) : null;

  for (const movement of scenario.mustScale) {
    const { workload, atLeast } = movement;
    if (reachedMs(course, movement) !== null || (workload === "worker" && drained !== null)) continue;
    const deadline = deadlineMs(course, movement, deadlines);
    if (deadline !== null && nowMs <= deadline) return `${workload} to have ${atLeast} ready`;
    // Nobody works on the queue: it will not drain, and nothing has to come back.
    if (workload === "worker" && live.workerIdleReplicas === 0 && !hasMoved(course, workload, 0)) return undefined;
  }
  if (scenario.queue === "drains" && drained === null) {
    return nowMs <= drainDeadlineMs(course, deadlines) ? "the queue to drain" : undefined;
  }
  for (const movement of scenario.mustScale) {
    const { workload } = movement;
    const rest = idleReplicasOf(live, workload);
    const sinceMs = returnsSinceMs(course, movement);
    if (sinceMs === null || !hasMoved(course, workload, rest) || isAt(course.samples, workload, rest)) continue;
    if (nowMs <= sinceMs + returnSeconds(movement, live, deadlines) * 1000) {
      return movement.back.judged
        ? `${workload} to come back to ${rest}`
        : `a look at ${workload}'s way back, which is not judged`;
    }
  }
  return undefined;
}

export function idleReplicasOf(live: AutoscalingConfig, workload: Workload): number {
  return workload === "worker" ? live.workerIdleReplicas : live.apiMinimum;
}

/** From when a movement's time counts; null where that moment has not come. */
export function movementFromMs(
  { loadStartMs, loadEndMs, restoredMs }: Known,
  { within }: ScalingExpectation,
): number | null {
  switch (within.of) {
    case "the load's start":
      return loadStartMs;
    case "the load's end":
      return loadEndMs;
    case "the restored threshold":
      return restoredMs;
  }
}

export function deadlineMs(course: Known, movement: ScalingExpectation, deadlines: Deadlines): number | null {
  const fromMs = movementFromMs(course, movement);
  return fromMs === null ? null : fromMs + Math.min(movement.within.seconds, deadlines.scaleOutSeconds) * 1000;
}

export function drainDeadlineMs({ loadStartMs, loadEndMs, lastInjectionMs }: Known, deadlines: Deadlines): number {
  return Math.max(loadEndMs ?? loadStartMs, lastInjectionMs ?? 0) + deadlines.drainSeconds * 1000;
}

/** How long after the load a queue in which nothing was ever seen counts as drained: the bus's own counts may come late. */
const UNSEEN_SECONDS = 10;

/**
 * When the queue was first seen empty after the load and all that was done on purpose; null where it was not. A short load may end before anything of it
 * is seen on the queue: what is empty then is the queue from before.
 */
export function drainedMs({ samples, loadStartMs, loadEndMs, lastInjectionMs }: Known): number | null {
  if (loadEndMs === null) return null;
  const filledMs = samples.find(
    ({ atMs, readings }) => atMs >= loadStartMs && (valueOf(readings.queue)?.active ?? 0) > 0,
  )?.atMs;
  const fromMs = Math.max(loadEndMs, lastInjectionMs ?? 0, filledMs ?? loadEndMs + UNSEEN_SECONDS * 1000);
  return samples.find(({ atMs, readings }) => atMs >= fromMs && valueOf(readings.queue)?.active === 0)?.atMs ?? null;
}

/** From when the way back counts: the empty queue for the worker, the load's end for the API. */
export function returnsSinceMs(course: Known, { workload }: ScalingExpectation): number | null {
  return workload === "worker" ? drainedMs(course) : course.loadEndMs;
}

/**
 * How long the way back may take: the live windows, which are read and nowhere written twice, with a margin for what happens in steps; never longer than
 * the objective. Where it is only reported, as long as it is watched.
 */
export function returnSeconds(
  { workload, back }: ScalingExpectation,
  live: AutoscalingConfig,
  deadlines: Deadlines,
): number {
  if (!back.judged) return back.watchSeconds;
  const downSeconds = live.workerScaleDown?.stabilizationSeconds ?? 0;
  const window =
    workload === "api"
      ? live.apiScaleDown.stabilizationSeconds
      : live.workerScaler === "keda"
        ? live.workerCooldownSeconds + live.workerPollingIntervalSeconds
        : downSeconds;
  return Math.min(back.objectiveSeconds, window + deadlines.returnMarginSeconds);
}

export function reachedMs(course: Known, movement: ScalingExpectation): number | null {
  const fromMs = movement.within.of === "the restored threshold" ? course.restoredMs : course.loadStartMs;
  if (fromMs === null) return null;
  const reached = course.samples.find(
    (sample) =>
      sample.atMs >= fromMs && (valueOf(deploymentOf(sample, movement.workload))?.ready ?? 0) >= movement.atLeast,
  );
  return reached?.atMs ?? null;
}

function hasMoved({ samples, loadStartMs }: Known, workload: Workload, rest: number): boolean {
  return samples.some(
    (sample) => sample.atMs >= loadStartMs && (valueOf(deploymentOf(sample, workload))?.desired ?? rest) > rest,
  );
}

/** Whether the newest sample shows the workload at rest. */
export function isAt(samples: readonly Sample[], workload: Workload, rest: number): boolean {
  const newest = samples.at(-1);
  const state = newest === undefined ? undefined : valueOf(deploymentOf(newest, workload));
  return state?.desired === rest && state.ready === rest && state.replicas === rest;
}
