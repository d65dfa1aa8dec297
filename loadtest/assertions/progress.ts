import { type AutoscalingConfig, kedaWakes, scalingOf } from "../model/autoscaling.ts";
import type { Fault } from "../model/fault.ts";
import { replicasOf, type Sample } from "../model/observed.ts";
import type { PendingCondition } from "../model/pendingCondition.ts";
import { valueOf } from "../model/reading.ts";
import type { ScalingExpectation, Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { drainedMs, expectedFromMs, type Known, returnsSinceMs } from "./moments.ts";

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
export interface Progress extends Known {
  loadBroke: boolean;
  /** The fault that is injected next; undefined when all are. */
  pending: Fault | undefined;
}

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
  const queue = scenario.queue?.expected === "drains" ? scenario.queue : null;
  const drained = queue === null ? null : drainedMs(progress, queue.name);

  for (const expectation of scenario.mustScale) {
    const { workload, atLeast } = expectation;
    const isFed = queue?.workload === workload;
    if (reachedMs(progress, expectation) !== null || (isFed && drained !== null)) continue;
    const deadline = deadlineMs(progress, expectation, deadlines);
    if (deadline !== null && nowMs <= deadline) return { id: "replicas-ready", workload, replicas: atLeast };
    // Nobody takes from the queue: it will not drain, and nothing is waited for to come back.
    if (isFed && idleReplicasOf(live, workload) === 0 && !wasEverReady(progress, workload)) return undefined;
  }
  if (queue !== null && drained === null) {
    return nowMs <= drainDeadlineMs(progress, deadlines) ? { id: "queue-drained", queue: queue.name } : undefined;
  }
  for (const expectation of scenario.mustScale) {
    const pending = pendingReturn(scenario, progress, live, deadlines, expectation);
    if (pending !== undefined) return pending;
  }
  return undefined;
}

function pendingReturn(
  scenario: Scenario,
  progress: Progress,
  live: AutoscalingConfig,
  deadlines: Deadlines,
  expectation: ScalingExpectation,
): PendingCondition | undefined {
  const { workload, scaleIn } = expectation;
  const replicas = idleReplicasOf(live, workload);
  const nowMs = progress.samples.at(-1)?.atMs ?? progress.loadStartMs;
  if (!hasMoved(progress, workload, replicas)) return undefined;
  // What is only watched is watched from the load's end at the latest.
  const sinceMs =
    returnsSinceMs(progress, scenario, live, expectation) ?? (scaleIn.asserted ? null : progress.loadEndMs);
  if (sinceMs === null) {
    return nowMs <= drainDeadlineMs(progress, deadlines) ? { id: "metric-inactive", workload } : undefined;
  }
  if (isAt(progress.samples, workload, replicas)) return undefined;
  return nowMs <= sinceMs + returnSeconds(expectation, live, deadlines) * 1000
    ? { id: "scaled-in", workload, replicas, asserted: scaleIn.asserted }
    : undefined;
}

export function idleReplicasOf(live: AutoscalingConfig, workload: Workload): number {
  return scalingOf(live, workload).idleReplicas;
}

export function deadlineMs(progress: Known, expectation: ScalingExpectation, deadlines: Deadlines): number | null {
  const fromMs = expectedFromMs(progress, expectation);
  return fromMs === null ? null : fromMs + Math.min(expectation.within.seconds, deadlines.scaleOutSeconds) * 1000;
}

export function drainDeadlineMs({ loadStartMs, loadEndMs, lastInjectionMs }: Known, deadlines: Deadlines): number {
  return Math.max(loadEndMs ?? loadStartMs, lastInjectionMs ?? 0) + deadlines.drainSeconds * 1000;
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
  const scaling = scalingOf(live, workload);
  const { keda, scaleDown } = scaling;
  const windowSeconds =
    kedaWakes(scaling) && keda !== null
      ? keda.cooldownSeconds + keda.pollingIntervalSeconds
      : (scaleDown?.stabilizationSeconds ?? 0);
  return Math.min(scaleIn.objectiveSeconds, windowSeconds + deadlines.returnMarginSeconds);
}

export function reachedMs(progress: Known, expectation: ScalingExpectation): number | null {
  const fromMs = expectation.within.after === "threshold-restored" ? progress.restoredMs : progress.loadStartMs;
  if (fromMs === null) return null;
  const reached = progress.samples.find(
    (sample) =>
      sample.atMs >= fromMs && (valueOf(replicasOf(sample, expectation.workload))?.ready ?? 0) >= expectation.atLeast,
  );
  return reached?.atMs ?? null;
}

function hasMoved({ samples, loadStartMs }: Known, workload: Workload, idleReplicas: number): boolean {
  return samples.some(
    (sample) =>
      sample.atMs >= loadStartMs && (valueOf(replicasOf(sample, workload))?.desired ?? idleReplicas) > idleReplicas,
  );
}

function wasEverReady({ samples, loadStartMs }: Known, workload: Workload): boolean {
  return samples.some(
    (sample) => sample.atMs >= loadStartMs && (valueOf(replicasOf(sample, workload))?.ready ?? 0) > 0,
  );
}

/** Whether the newest sample shows the workload at its idle replicas. */
export function isAt(samples: readonly Sample[], workload: Workload, idleReplicas: number): boolean {
  const newest = samples.at(-1);
  const state = newest === undefined ? undefined : valueOf(replicasOf(newest, workload));
  return state?.desired === idleReplicas && state.ready === idleReplicas && state.replicas === idleReplicas;
}
