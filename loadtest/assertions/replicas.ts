import { type Assertion, type Expected, failed, inconclusive, passed, type ReplicasSeen } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import type { ReplicaState } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import { coverageGap, secondsOf } from "../model/sampleCoverage.ts";
import type { Workload } from "../model/workload.ts";
import { whyNotBack, whyNotReached, whyNotYet } from "./causes.ts";
import type { Inspected } from "./inspected.ts";
import { shortfall, starvation } from "./load.ts";
import { interruption, replicaReadings, type Run } from "./run.ts";

/** The workload had its idle replicas when the load began. */
export function startsIdle(run: Run, workload: Workload, replicas: number): Assertion {
  const claim = { id: "starts-idle", subject: workload, expected: { replicas } } as const;
  const before = replicaReadings(run, workload).filter(({ atMs }) => atMs <= run.loadStartMs);
  const gap = coverageGap(before, before[0]?.atMs ?? run.loadStartMs, run.loadStartMs, workload);
  const last = before.findLast(({ reading }) => reading.kind !== "gap")?.reading;
  if (last === undefined) {
    return inconclusive(claim, null, gap ?? causeOf("no-samples", workload, { seconds: 0, error: null }));
  }
  const measured = { seen: seenOf(last) };
  if (!standsAt(last, replicas)) return failed(claim, measured, causeOf("not-idle-at-start", workload, { replicas }));
  return gap === undefined ? passed(claim, measured) : inconclusive(claim, measured, gap);
}

/**
 * The workload got at least `expected.ready` ready replicas in time.
 * @param of.fromMs from when it is looked for, and its time counted; null where that moment never came.
 * @param of.decidedMs when it was clear that it would not any more, before the deadline, such as an empty queue; null where it never was.
 */
export function scalesOut(
  run: Run,
  of: {
    id: "scales-out" | "first-replica-ready";
    inspected: Inspected;
    expected: Expected<"scales-out">;
    /** Whether the metric that scales it is its CPU. */
    followsCpu: boolean;
    fromMs: number | null;
    deadlineMs: number;
    decidedMs: number | null;
    delivered: number | null;
  },
): Assertion {
  const { id, inspected, expected, followsCpu, fromMs, deadlineMs } = of;
  const { workload } = inspected;
  const claim = { id, subject: workload, expected } as const;
  if (fromMs === null) {
    const cause = interruption(run) ?? causeOf("moment-not-reached", workload, { moment: expected.after });
    return inconclusive(claim, null, cause);
  }
  const toMs = Math.min(deadlineMs, of.decidedMs ?? Infinity);
  const during = replicaReadings(run, workload).filter(({ atMs }) => atMs >= fromMs && atMs <= deadlineMs);
  const states = during.flatMap(({ atMs, reading }) =>
    reading.kind === "value" ? [{ atMs, state: reading.value }] : [],
  );
  const mostReady = Math.max(0, ...states.map(({ state }) => state.ready));
  const mostDesired = Math.max(0, ...states.map(({ state }) => state.desired));
  const reached = states.find(({ state }) => state.ready >= expected.ready);
  const reachedAfterSeconds = reached === undefined ? null : secondsOf(reached.atMs - fromMs);
  const measured = states.length === 0 ? null : { reachedAfterSeconds, mostReady, mostDesired };
  if (reached !== undefined && measured !== null) return passed(claim, measured);

  const endedEarly = causeOf("observation-ended", workload, { afterSeconds: secondsOf(run.endMs - fromMs) });
  const doubt =
    shortfall(run.load, of.delivered) ??
    (run.endMs < toMs ? (interruption(run) ?? endedEarly) : undefined) ??
    coverageGap(during, fromMs, Math.min(toMs, run.endMs), workload);
  const samples = run.samples.filter(({ atMs }) => atMs <= deadlineMs);
  if (doubt !== undefined) {
    const known = doubt.id === "run-interrupted" ? whyNotYet(samples, inspected) : [];
    return inconclusive(claim, measured, doubt, ...known);
  }

  const start = states[0]?.state.desired ?? 0;
  const why = whyNotReached(samples, inspected, expected.ready);
  if (mostDesired <= start) return failed(claim, measured, causeOf("stayed-at", workload, { replicas: start }), ...why);
  const instead = causeOf("scaled-out-too-little", workload, { ready: mostReady });
  // It moved, by as much CPU time as it used; requests that wait for a core come together, and cost less of it each.
  const starved = followsCpu ? starvation(run) : undefined;
  return starved === undefined
    ? failed(claim, measured, instead, ...why)
    : inconclusive(claim, measured, starved, instead, ...why);
}

/**
 * The workload went back to its idle replicas, and had them at the end.
 * @param sinceMs from when the deadline counts, `expected.after`; null where that never came.
 */
export function scalesIn(
  run: Run,
  of: { inspected: Inspected; expected: Expected<"scales-in">; sinceMs: number | null },
): Assertion {
  const { inspected, expected, sinceMs } = of;
  const { workload } = inspected;
  const { replicas, withinSeconds } = expected;
  const claim = { id: "scales-in", subject: workload, expected } as const;
  const all = replicaReadings(run, workload).filter(({ atMs }) => atMs >= run.loadStartMs);
  const leftMs = all.find(({ reading }) => reading.kind === "value" && reading.value.desired > replicas)?.atMs;
  const last = all.findLast(({ reading }) => reading.kind !== "gap")?.reading;
  const atEnd = last === undefined ? null : { afterSeconds: null, atEnd: seenOf(last) };
  if (leftMs === undefined) return inconclusive(claim, atEnd, causeOf("never-above-idle", workload, { replicas }));
  if (sinceMs === null) {
    const cause = interruption(run) ?? causeOf("moment-not-reached", workload, { moment: expected.after });
    return inconclusive(claim, atEnd, cause);
  }

  // The last idle stretch counts: a workload that came back and left again has not come back.
  const lastOther = all.findLastIndex(({ reading }) => reading.kind !== "gap" && !standsAt(reading, replicas));
  const back = all.slice(lastOther + 1).find(({ reading }) => reading.kind !== "gap");
  const deadlineMs = sinceMs + withinSeconds * 1000;
  if (back !== undefined && atEnd !== null) {
    const afterSeconds = secondsOf(Math.max(0, back.atMs - sinceMs));
    const measured = { ...atEnd, afterSeconds };
    if (back.atMs <= deadlineMs) return passed(claim, measured);
    // Seen back too late: only if it was also seen elsewhere at the deadline is that its fault, and not the sampler's.
    const gap = coverageGap(all, sinceMs, back.atMs, workload);
    if (gap !== undefined) return inconclusive(claim, measured, gap);
    const late = causeOf("scaled-in-late", workload, { afterSeconds, withinSeconds });
    return failed(claim, measured, late, ...whyNotBack(run.samples, inspected, replicas));
  }
  const endedEarly = causeOf("observation-ended", workload, { afterSeconds: secondsOf(run.endMs - sinceMs) });
  const doubt =
    (run.endMs < deadlineMs ? (interruption(run) ?? endedEarly) : undefined) ??
    coverageGap(all, sinceMs, deadlineMs, workload);
  if (doubt !== undefined) {
    const known = doubt.id === "run-interrupted" ? whyNotBack(run.samples, inspected, replicas) : [];
    return inconclusive(claim, atEnd, doubt, ...known);
  }
  const instead = causeOf("not-scaled-in", workload, { withinSeconds });
  return failed(claim, atEnd, instead, ...whyNotBack(run.samples, inspected, replicas));
}

function standsAt(reading: Reading<ReplicaState>, replicas: number): boolean {
  if (reading.kind !== "value") return false;
  const { desired, ready, replicas: existing } = reading.value;
  return desired === replicas && ready === replicas && existing === replicas;
}

/** Of a reading that is no gap. */
export function seenOf(reading: Reading<ReplicaState>): ReplicasSeen {
  return reading.kind === "value" ? { desired: reading.value.desired, ready: reading.value.ready } : "absent";
}
