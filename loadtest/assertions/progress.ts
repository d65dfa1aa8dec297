import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Fault } from "../model/fault.ts";
import { type Sample, deploymentOf } from "../model/observed.ts";
import type { PendingCondition } from "../model/pendingCondition.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { ScalingExpectation, Scenario } from "../model/scenario.ts";

/** How long the proof waits, in seconds. Generous: each bounds a failure, a system that works is far quicker. */
export interface Deadlines {
  /** For everything to become idle before a load. */
  quiescenceTimeoutSeconds: number;
  /** How long everything has to be idle before a load. */
  quiescenceSeconds: number;
  /** To the replicas that an expectation declares, at the most: for tests that know better. */
  scaleOutSeconds: number;
  /** From the load's end, and on top of fault injections, to an empty queue. */
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
  /** The fault that is injected next; undefined when all are. */
  pending: Fault | undefined;
  /** When the last fault was injected; null where none was. */
  lastInjectionMs: number | null;
  /** When the changes were reverted; null where they are not. */
  restoredMs: number | null;
}

type Known = Pick<Progress, "samples" | "loadStartMs" | "loadEndMs" | "restoredMs" | "lastInjectionMs">;

/** What is still to be waited for; undefined when the outcome is decided. */
export function pendingCondition(
  scenario: Scenario,
  progress: Progress,
  live: AutoscalingConfig,
  deadlines: Deadlines,
): PendingCondition | undefined {
  if (progress.loadBroke) return undefined;
  if (progress.loadEndMs === null) return { id: "load-end" };
  if (progress.pending !== undefined) return { id: "fault-trigger", fault: progress.pending };
  const nowMs = progress.samples.at(-1)?.atMs ?? progress.loadStartMs;
  const drained = scenario.queue === "drains" ? drainedMs(progress) : null;

  for (const expectation of scenario.mustScale) {
    const { workload, atLeast } = expectation;
    if (reachedMs(progress, expectation) !== null || (workload === "worker" && drained !== null)) continue;
    const deadline = deadlineMs(progress, expectation, deadlines);
    if (deadline !== null && nowMs <= deadline) return { id: "replicas-ready", workload, replicas: atLeast };
    // No worker takes from the queue: it will not drain, and nothing has to come back.
    if (workload === "worker" && live.workerIdleReplicas === 0 && !hasMoved(progress, workload, 0)) return undefined;
  }
  if (scenario.queue === "drains" && drained === null) {
    return nowMs <= drainDeadlineMs(progress, deadlines) ? { id: "queue-drained" } : undefined;
  }
  for (const expectation of scenario.mustScale) {
    const { workload } = expectation;
    const idleReplicas = idleReplicasOf(live, workload);
    const sinceMs = returnsSinceMs(progress, expectation);
    if (
      sinceMs === null ||
      !hasMoved(progress, workload, idleReplicas) ||
      isAt(progress.samples, workload, idleReplicas)
    )
      continue;
    if (nowMs <= sinceMs + returnSeconds(expectation, live, deadlines) * 1000) {
      return { id: "scaled-in", workload, replicas: idleReplicas, asserted: expectation.scaleIn.asserted };
    }
  }
  return undefined;
}

export function idleReplicasOf(live: AutoscalingConfig, workload: Workload): number {
  return workload === "worker" ? live.workerIdleReplicas : live.apiMinimum;
}

/** From when an expectation's time counts; null where that moment has not come. */
export function expectedFromMs(
  { loadStartMs, loadEndMs, restoredMs }: Known,
  { within }: ScalingExpectation,
): number | null {
  switch (within.after) {
    case "load-start":
      return loadStartMs;
    case "load-end":
      return loadEndMs;
    case "threshold-restored":
      return restoredMs;
  }
}

export function deadlineMs(progress: Known, expectation: ScalingExpectation, deadlines: Deadlines): number | null {
  const fromMs = expectedFromMs(progress, expectation);
  return fromMs === null ? null : fromMs + Math.min(expectation.within.seconds, deadlines.scaleOutSeconds) * 1000;
}

export function drainDeadlineMs({ loadStartMs, loadEndMs, lastInjectionMs }: Known, deadlines: Deadlines): number {
  return Math.max(loadEndMs ?? loadStartMs, lastInjectionMs ?? 0) + deadlines.drainSeconds * 1000;
}

/** How long after the load a queue in which nothing was ever seen counts as drained: the bus's own counts may come late. */
const UNSEEN_SECONDS = 10;

/**
 * When the queue was first seen empty after the load and the last fault injection; null where it was not. A short load may end before anything of it
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
export function returnsSinceMs(progress: Known, { workload }: ScalingExpectation): number | null {
  return workload === "worker" ? drainedMs(progress) : progress.loadEndMs;
}

/**
 * How long the way back may take: the live windows, which are read and nowhere written twice, with a margin for what happens in steps; never longer than
 * the objective. Where it is only reported, as long as it is watched.
 */
export function returnSeconds(
  { workload, scaleIn }: ScalingExpectation,
  live: AutoscalingConfig,
  deadlines: Deadlines,
): number {
  if (!scaleIn.asserted) return scaleIn.watchSeconds;
  const downSeconds = live.workerScaleDown?.stabilizationSeconds ?? 0;
  const window =
    workload === "api"
      ? live.apiScaleDown.stabilizationSeconds
      : live.workerScaler === "keda"
        ? live.workerCooldownSeconds + live.workerPollingIntervalSeconds
        : downSeconds;
  return Math.min(scaleIn.objectiveSeconds, window + deadlines.returnMarginSeconds);
}

export function reachedMs(progress: Known, expectation: ScalingExpectation): number | null {
  const fromMs = expectation.within.after === "threshold-restored" ? progress.restoredMs : progress.loadStartMs;
  if (fromMs === null) return null;
  const reached = progress.samples.find(
    (sample) =>
      sample.atMs >= fromMs && (valueOf(deploymentOf(sample, expectation.workload))?.ready ?? 0) >= expectation.atLeast,
  );
  return reached?.atMs ?? null;
}

function hasMoved({ samples, loadStartMs }: Known, workload: Workload, idleReplicas: number): boolean {
  return samples.some(
    (sample) =>
      sample.atMs >= loadStartMs && (valueOf(deploymentOf(sample, workload))?.desired ?? idleReplicas) > idleReplicas,
  );
}

/** Whether the newest sample shows the workload at its idle replicas. */
export function isAt(samples: readonly Sample[], workload: Workload, idleReplicas: number): boolean {
  const newest = samples.at(-1);
  const state = newest === undefined ? undefined : valueOf(deploymentOf(newest, workload));
  return state?.desired === idleReplicas && state.ready === idleReplicas && state.replicas === idleReplicas;
}
