import { whyMoved, whyNotBack, whyNotReached } from "./causes.ts";
import { seconds, type Timed, tooFewReadings } from "./gaps.ts";
import type { LoadResult } from "./k6.ts";
import type { Ledger } from "./ledger.ts";
import { deploymentOf, type DeploymentState, type Reading, type Sample, type Workload } from "./observed.ts";
import type { Assertion } from "./verdict.ts";

/** All that was measured of one scenario. Times are milliseconds since 1970. */
export interface Run {
  /** From shortly before the load until the end. */
  samples: readonly Sample[];
  loadStartMs: number;
  /** When k6 ended; null where it never did. */
  loadEndMs: number | null;
  endMs: number;
  load: LoadResult;
  /** Why nobody looked on to the end, such as an interrupt; null where the run ended by itself. */
  cutShort: string | null;
}

const LARGEST_DROPPED_SHARE = 0.1;

/**
 * The load was what was declared. If it was not, nothing follows from what did not happen; what did happen counts all the same, so a
 * load that was short and moved its workload nevertheless was enough.
 * @param moved whom the load has to move, and to how many ready replicas.
 */
export function loadWasDelivered(
  run: Run,
  declaredIterations: number,
  moved: { workload: Workload; floor: number },
): Assertion {
  const claim = { name: "the load was delivered", expected: `${declaredIterations} iterations of k6` };
  if (run.load.kind === "broke") {
    return { ...claim, status: "inconclusive", measured: "k6 did not run to its end", reason: run.load.reason };
  }
  const { iterations, droppedIterations } = run.load.counts;
  const measured = `${iterations} iterations, ${droppedIterations} dropped`;
  const reason = shortfall(run.load, declaredIterations);
  if (reason === undefined) return { ...claim, status: "pass", measured };
  const enough = readings(run, moved.workload).some(
    ({ atMs, reading }) => atMs >= run.loadStartMs && reading.kind === "value" && reading.value.ready >= moved.floor,
  );
  return enough
    ? { ...claim, status: "pass", measured: `${measured}: less than declared, and enough to move ${moved.workload}` }
    : { ...claim, status: "inconclusive", measured, reason };
}

/** Why a load was less than declared; undefined where it was not. */
function shortfall(load: LoadResult, declaredIterations: number): string | undefined {
  if (load.kind === "broke") return load.reason;
  const { iterations, droppedIterations } = load.counts;
  const missing = Math.max(droppedIterations, declaredIterations - iterations);
  if (missing <= declaredIterations * LARGEST_DROPPED_SHARE) return undefined;
  const share = Math.round((100 * missing) / declaredIterations);
  return (
    `${share} % of the declared load was never sent, ${100 * LARGEST_DROPPED_SHARE} % are the most: ` +
    "k6 had no virtual user free, since the machine or the target was too slow"
  );
}

/** No request failed. A failed one counts however the load ended. */
export function noRequestFailed(run: Run): Assertion {
  const claim = { name: "no request failed", expected: "0 failed requests" };
  if (run.load.kind === "broke") {
    return { ...claim, status: "inconclusive", measured: "k6 did not run to its end", reason: run.load.reason };
  }
  const { failedRequests, requests } = run.load.counts;
  const measured = `${failedRequests} of ${requests} failed`;
  if (failedRequests > 0) {
    return { ...claim, status: "fail", measured, reason: "k6's log beside the report has the first errors" };
  }
  if (requests === 0) return { ...claim, status: "inconclusive", measured, reason: "k6 sent no request" };
  if (run.load.exitCode !== 0) {
    // All was sent and nothing failed, yet a threshold was crossed: a check looked at more than the status.
    return { ...claim, status: "fail", measured, reason: "k6's checks failed; its log beside the report says which" };
  }
  return { ...claim, status: "pass", measured };
}

/** The workload stood where it had to when the load began. */
export function startsAt(run: Run, workload: Workload, replicas: number): Assertion {
  const claim = { name: `${workload} starts at ${replicas}`, expected: `${replicas} replicas, wanted and ready` };
  const before = readings(run, workload).filter(({ atMs }) => atMs <= run.loadStartMs);
  const gaps = tooFewReadings(before, before[0]?.atMs ?? run.loadStartMs, run.loadStartMs);
  const last = before.findLast(({ reading }) => reading.kind !== "gap")?.reading;
  if (last === undefined) return { ...claim, status: "inconclusive", measured: "nothing", reason: gaps ?? "no sample" };
  if (!standsAt(last, replicas)) {
    return { ...claim, status: "fail", measured: shown(last), reason: "the load began from another state" };
  }
  if (gaps !== undefined) return { ...claim, status: "inconclusive", measured: shown(last), reason: gaps };
  return { ...claim, status: "pass", measured: shown(last) };
}

/**
 * The workload got at least `floor` ready replicas in time.
 * @param decidedMs when it was clear that it would not any more, before the deadline, such as an empty queue; null where it never was.
 */
export function reaches(
  run: Run,
  claimed: {
    workload: Workload;
    floor: number;
    deadlineMs: number;
    decidedMs: number | null;
    declaredIterations: number;
  },
): Assertion {
  const { workload, floor } = claimed;
  const fromMs = run.loadStartMs;
  const toMs = Math.min(claimed.deadlineMs, claimed.decidedMs ?? Infinity);
  const claim = {
    name: `${workload} scales out`,
    expected: `at least ${floor} ready within ${seconds(claimed.deadlineMs - fromMs)} of the load's start`,
  };
  const during = readings(run, workload).filter(({ atMs }) => atMs >= fromMs && atMs <= claimed.deadlineMs);
  const states = during.flatMap(({ atMs, reading }) =>
    reading.kind === "value" ? [{ atMs, state: reading.value }] : [],
  );
  const most = Math.max(0, ...states.map(({ state }) => state.ready));
  const mostWanted = Math.max(0, ...states.map(({ state }) => state.wanted));
  const reached = states.find(({ state }) => state.ready >= floor);
  if (reached !== undefined) {
    return {
      ...claim,
      status: "pass",
      measured: `${floor} ready after ${seconds(reached.atMs - fromMs)}, ${most} at the most`,
    };
  }

  const measured = states.length === 0 ? "nothing" : `${most} ready at the most, ${mostWanted} wanted`;
  const doubt =
    shortfall(run.load, claimed.declaredIterations) ??
    (run.endMs < toMs ? (run.cutShort ?? `nobody looked on after ${seconds(run.endMs - fromMs)}`) : undefined) ??
    tooFewReadings(during, fromMs, Math.min(toMs, run.endMs));
  if (doubt !== undefined) return { ...claim, status: "inconclusive", measured, reason: doubt };

  const samples = run.samples.filter(({ atMs }) => atMs <= claimed.deadlineMs);
  const start = during.find(({ reading }) => reading.kind === "value")?.reading;
  const initial = start?.kind === "value" ? start.value.wanted : 0;
  const what = mostWanted <= initial ? `${workload} never left ${initial}` : `${workload} stopped at ${most}`;
  return { ...claim, status: "fail", measured, reason: explained(what, whyNotReached(samples, workload, floor)) };
}

/**
 * The workload went back to where it started, and was there at the end.
 * @param sinceMs from when the deadline counts: the end of the load, or the moment when the queue was empty; null where that never came.
 */
export function returnsTo(
  run: Run,
  claimed: { workload: Workload; replicas: number; sinceMs: number | null; since: string; deadlineSeconds: number },
): Assertion {
  const { workload, replicas, sinceMs } = claimed;
  const claim = {
    name: `${workload} comes back to ${replicas}`,
    expected: `${replicas} replicas within ${claimed.deadlineSeconds} s of ${claimed.since}`,
  };
  const all = readings(run, workload).filter(({ atMs }) => atMs >= run.loadStartMs);
  const leftMs = all.find(({ reading }) => reading.kind === "value" && reading.value.wanted > replicas)?.atMs;
  const last = all.findLast(({ reading }) => reading.kind !== "gap")?.reading;
  const measured = last === undefined ? "nothing" : `${shown(last)} at the end`;
  if (leftMs === undefined) {
    return { ...claim, status: "inconclusive", measured, reason: `${workload} was never seen above ${replicas}` };
  }
  if (sinceMs === null) {
    return { ...claim, status: "inconclusive", measured, reason: run.cutShort ?? `${claimed.since} was not seen` };
  }

  // The last stretch at rest counts: a workload that came back and left again has not come back.
  const restless = all.findLastIndex(({ reading }) => reading.kind !== "gap" && !standsAt(reading, replicas));
  const back = all.slice(restless + 1).find(({ reading }) => reading.kind !== "gap");
  const deadlineMs = sinceMs + claimed.deadlineSeconds * 1000;
  if (back !== undefined) {
    const tookMs = Math.max(0, back.atMs - sinceMs);
    const when = `${replicas} again ${seconds(tookMs)} after ${claimed.since}`;
    if (back.atMs <= deadlineMs) return { ...claim, status: "pass", measured: when };
    // Seen back too late: only if it was also seen elsewhere at the deadline is that its fault, and not the sampler's.
    const gaps = tooFewReadings(all, sinceMs, back.atMs);
    return gaps === undefined
      ? {
          ...claim,
          status: "fail",
          measured: when,
          reason: explained("it came back too late", whyNotBack(run.samples, workload)),
        }
      : { ...claim, status: "inconclusive", measured: when, reason: gaps };
  }
  const doubt =
    (run.endMs < deadlineMs ? (run.cutShort ?? `it was not waited for any longer`) : undefined) ??
    tooFewReadings(all, sinceMs, deadlineMs);
  if (doubt !== undefined) return { ...claim, status: "inconclusive", measured, reason: doubt };
  const what = `${workload} did not come back in ${claimed.deadlineSeconds} s`;
  return { ...claim, status: "fail", measured, reason: explained(what, whyNotBack(run.samples, workload)) };
}

/**
 * The workload did not move at all, from before the load until the end. One sample is enough to break this. A pod that is not ready for
 * a moment is told, and is no scaling: on a machine that is busy with the other workload a probe can be late.
 */
export function stays(run: Run, workload: Workload, replicas: number): Assertion {
  const claim = { name: `${workload} stays at ${replicas}`, expected: `${replicas} replicas throughout` };
  const all = readings(run, workload);
  const violations = all.filter(({ reading }) => reading.kind !== "gap" && !hasReplicas(reading, replicas));
  const first = violations[0];
  if (first !== undefined) {
    const atMs = first.atMs - run.loadStartMs;
    const scaled = violations.some(
      ({ reading }) =>
        reading.kind === "value" && (reading.value.wanted !== replicas || reading.value.replicas > replicas),
    );
    // An HPA writes its own status a moment after it has changed the Deployment.
    const upTo = run.samples.filter((sample) => sample.atMs <= first.atMs + 5000);
    const causes = scaled
      ? whyMoved(upTo, workload, replicas)
      : ["its autoscaler asked for no other number: a pod was taken away, or the Deployment was gone"];
    return {
      ...claim,
      status: "fail",
      measured: `${shown(first.reading)} at ${seconds(atMs)}; ${violations.length} of ${all.length} samples differ`,
      reason: explained(`${workload} did not keep to ${replicas}`, causes),
    };
  }
  const gaps = tooFewReadings(all, all[0]?.atMs ?? run.loadStartMs, run.endMs);
  const unready = all.filter(({ reading }) => reading.kind === "value" && reading.value.ready < replicas).length;
  const measured =
    `${replicas} in all of ${all.filter(({ reading }) => reading.kind !== "gap").length} readings` +
    (unready === 0 ? "" : `, not all ready in ${unready}`);
  const doubt = gaps ?? run.cutShort ?? undefined;
  return doubt === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason: doubt };
}

/**
 * Nothing was on the queue throughout. Otherwise a worker that stayed at 0 would show nothing about a load that is not to reach it, and
 * one that did not would have had its reason.
 */
export function queueStaysEmpty(run: Run): Assertion {
  const claim = { name: "the queue stays empty", expected: "0 messages throughout" };
  const all = run.samples.map(({ atMs, readings: { queue } }) => ({ atMs, reading: queue }));
  const most = Math.max(0, ...all.map(({ reading }) => (reading.kind === "value" ? reading.value.active : 0)));
  const absent = all.some(({ reading }) => reading.kind === "absent");
  if (most > 0 || absent) {
    const measured = absent ? "no such queue" : `${most} at the most`;
    return { ...claim, status: "fail", measured, reason: "somebody else sent orders, or look-ups do" };
  }
  const doubt = tooFewReadings(all, all[0]?.atMs ?? run.loadStartMs, run.endMs) ?? run.cutShort ?? undefined;
  const measured = `0 in all of ${all.filter(({ reading }) => reading.kind === "value").length} readings`;
  return doubt === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason: doubt };
}

/**
 * Every order that the bus accepted was fulfilled, none is lost, none was dead-lettered.
 * @param waited whether the queue was given its time to drain; until then an order that waits is no failure.
 */
export function ordersAreAccountedFor(run: Run, ledger: Reading<Ledger> | null, waited: boolean): Assertion[] {
  const fulfilled = { name: "every order was fulfilled", expected: "fulfilled = accepted" };
  const lost = { name: "no order was lost", expected: "0 lost" };
  const dead = { name: "no order was dead-lettered", expected: "0 dead-lettered" };
  if (ledger?.kind !== "value") {
    const reason = ledger?.kind === "gap" ? ledger.error : (run.cutShort ?? "the orders were not counted");
    return [fulfilled, lost, dead].map((claim) => ({ ...claim, status: "inconclusive", measured: "nothing", reason }));
  }

  const { accepted, waiting, lost: lostCount, deadLettered, notFulfilled } = ledger.value;
  const counted = `${ledger.value.fulfilled} of ${accepted} fulfilled, ${waiting} waiting`;
  const some = `not fulfilled are ${notFulfilled.slice(0, 3).join(", ")}${notFulfilled.length > 3 ? ", …" : ""}`;
  const assertions: Assertion[] = [];
  if (accepted === 0) {
    assertions.push({ ...fulfilled, status: "inconclusive", measured: counted, reason: "no order was accepted" });
  } else if (ledger.value.fulfilled === accepted) {
    assertions.push({ ...fulfilled, status: "pass", measured: counted });
  } else if (waited || lostCount > 0 || deadLettered > 0) {
    assertions.push({ ...fulfilled, status: "fail", measured: counted, reason: some });
  } else {
    const reason = run.cutShort ?? "the queue was not waited for, since nothing worked on it";
    assertions.push({ ...fulfilled, status: "inconclusive", measured: counted, reason });
  }
  if (accepted === 0) {
    assertions.push({ ...lost, status: "inconclusive", measured: "0 lost of 0", reason: "no order was accepted" });
  } else if (lostCount > 0) {
    const reason = `neither fulfilled, nor on the queue, nor dead-lettered; ${some}`;
    assertions.push({ ...lost, status: "fail", measured: `${lostCount} lost of ${accepted}`, reason });
  } else {
    assertions.push({ ...lost, status: "pass", measured: `0 lost of ${accepted}` });
  }
  assertions.push(
    deadLettered === 0
      ? { ...dead, status: "pass", measured: "0 dead-lettered" }
      : { ...dead, status: "fail", measured: `${deadLettered} dead-lettered`, reason: "the worker's log says why" },
  );
  return assertions;
}

function readings(run: Run, workload: Workload): Timed<DeploymentState>[] {
  return run.samples.map((sample) => ({ atMs: sample.atMs, reading: deploymentOf(sample, workload) }));
}

function standsAt(reading: Reading<DeploymentState>, replicas: number): boolean {
  if (reading.kind !== "value") return false;
  const { wanted, ready, replicas: existing } = reading.value;
  return wanted === replicas && ready === replicas && existing === replicas;
}

/** Whether as many are wanted and exist, ready or not. */
function hasReplicas(reading: Reading<DeploymentState>, replicas: number): boolean {
  return reading.kind === "value" && reading.value.wanted === replicas && reading.value.replicas === replicas;
}

function shown(reading: Reading<DeploymentState>): string {
  switch (reading.kind) {
    case "value":
      return `${reading.value.wanted} wanted, ${reading.value.ready} ready`;
    case "absent":
      return "no such Deployment";
    case "gap":
      return "unknown";
  }
}

function explained(what: string, causes: readonly string[]): string {
  return causes.length === 0 ? what : `${what}: ${causes.join("; ")}`;
}
