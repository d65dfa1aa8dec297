import { whyMoved, whyNotBack, whyNotReached } from "./causes.ts";
import { seconds, type Timed, coverageGap } from "../model/sampleCoverage.ts";
import type { Assertion } from "../model/assertion.ts";
import type { MetricState } from "../model/autoscaling.ts";
import type { LoadResult } from "../model/load.ts";
import { type DeploymentState, autoscalerOf, deploymentOf } from "../model/observed.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { Recording } from "../model/recording.ts";

/** A recording with what became of its load. */
export interface Run extends Omit<Recording, "pods"> {
  load: LoadResult;
  /** Why nobody looked on to the end, such as an interrupt; null where the run ended by itself. */
  cutShort: string | null;
}

/**
 * How much of a load may be missing: what two cores lose to a pause of a few hundred milliseconds at the start of a step, and far less than any
 * assertion turns on. More is another load than the declared one.
 */
export const LARGEST_MISSING_SHARE = 0.01;

/**
 * The load was what was declared. If it was not, nothing follows from the run: neither that a workload did not move, nor that one kept up with a load
 * that it was not given.
 */
export function loadWasDelivered(run: Run, declaredIterations: number): Assertion {
  const claim = { name: "the load was delivered", expected: `${declaredIterations} iterations` };
  if (run.load.kind === "broke") {
    return { ...claim, status: "inconclusive", measured: "it did not run to its end", reason: run.load.reason };
  }
  const { iterations, droppedIterations } = run.load.counts;
  const measured = `${iterations} iterations, ${droppedIterations} dropped`;
  const reason = shortfall(run.load, declaredIterations);
  return reason === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason };
}

/** Why a load was less than declared; undefined where it was not. */
function shortfall(load: LoadResult, declaredIterations: number): string | undefined {
  if (load.kind === "broke") return load.reason;
  const { iterations, droppedIterations } = load.counts;
  const missing = Math.max(droppedIterations, declaredIterations - iterations);
  if (missing <= declaredIterations * LARGEST_MISSING_SHARE) return undefined;
  const share = (Math.ceil((1000 * missing) / declaredIterations) / 10).toString();
  return (
    `${share} % of the declared load was never sent, ${100 * LARGEST_MISSING_SHARE} % are the most: ` +
    "no virtual user was free, since the machine or the target was too slow"
  );
}

/** No more requests failed than the objective allows. A failed one counts however the load ended. */
export function requestsAnswered(run: Run, failedShare: number): Assertion {
  const claim =
    failedShare === 0
      ? { name: "no request failed", expected: "0 failed requests" }
      : { name: "requests were answered", expected: `at most ${percent(failedShare)} failed` };
  if (run.load.kind === "broke") {
    return { ...claim, status: "inconclusive", measured: "the load did not run to its end", reason: run.load.reason };
  }
  const { failedRequests, requests } = run.load.counts;
  const measured = `${failedRequests} of ${requests} failed`;
  if (failedRequests > requests * failedShare) {
    return { ...claim, status: "fail", measured, reason: "the load's log beside the report has the first errors" };
  }
  if (requests === 0) return { ...claim, status: "inconclusive", measured, reason: "no request was sent" };
  if (run.load.exitCode !== 0 && failedRequests === 0) {
    // All was sent and nothing failed, yet a threshold was crossed: a check looked at more than the status.
    return { ...claim, status: "fail", measured, reason: "k6's checks failed; its log beside the report says which" };
  }
  return { ...claim, status: "pass", measured };
}

/** Nearly every request was quick enough. */
export function latencyWithin(run: Run, p95Ms: number): Assertion {
  const claim = { name: "requests were answered in time", expected: `95 % of them within ${p95Ms} ms` };
  if (run.load.kind === "broke") {
    return { ...claim, status: "inconclusive", measured: "the load did not run to its end", reason: run.load.reason };
  }
  const { latencyMs } = run.load.counts;
  if (latencyMs === null) {
    return { ...claim, status: "inconclusive", measured: "nothing", reason: "the load measured no duration" };
  }
  const measured = `p95 ${milliseconds(latencyMs.p95)}, p99 ${milliseconds(latencyMs.p99)}, at most ${milliseconds(latencyMs.max)}`;
  return latencyMs.p95 <= p95Ms
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "fail", measured, reason: "users waited longer than they may" };
}

/** The workload stood where it had to when the load began. */
export function startsAt(run: Run, workload: Workload, replicas: number): Assertion {
  const claim = { name: `${workload} starts at ${replicas}`, expected: `${replicas} replicas, desired and ready` };
  const before = readings(run, workload).filter(({ atMs }) => atMs <= run.loadStartMs);
  const gaps = coverageGap(before, before[0]?.atMs ?? run.loadStartMs, run.loadStartMs);
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
 * @param claimed.name where the claim is about something else than scaling out.
 * @param claimed.fromMs from when it is looked for, and its time counted; null where that moment never came.
 * @param claimed.by the deadline, in words.
 * @param claimed.decidedMs when it was clear that it would not any more, before the deadline, such as an empty queue; null where it never was.
 */
export function reaches(
  run: Run,
  claimed: {
    name?: string;
    workload: Workload;
    floor: number;
    fromMs: number | null;
    deadlineMs: number;
    by: string;
    decidedMs: number | null;
    declaredIterations: number;
  },
): Assertion {
  const { workload, floor, fromMs, deadlineMs } = claimed;
  const claim = {
    name: claimed.name ?? `${workload} scales out`,
    expected: `at least ${floor} ready ${claimed.by}`,
  };
  if (fromMs === null) {
    const reason = run.cutShort ?? "it never came to that";
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const toMs = Math.min(deadlineMs, claimed.decidedMs ?? Infinity);
  const during = readings(run, workload).filter(({ atMs }) => atMs >= fromMs && atMs <= deadlineMs);
  const states = during.flatMap(({ atMs, reading }) =>
    reading.kind === "value" ? [{ atMs, state: reading.value }] : [],
  );
  const most = Math.max(0, ...states.map(({ state }) => state.ready));
  const mostDesired = Math.max(0, ...states.map(({ state }) => state.desired));
  const reached = states.find(({ state }) => state.ready >= floor);
  if (reached !== undefined) {
    return {
      ...claim,
      status: "pass",
      measured: `${floor} ready after ${seconds(reached.atMs - fromMs)}, ${most} at the most`,
    };
  }

  const measured = states.length === 0 ? "nothing" : `${most} ready at the most, ${mostDesired} desired`;
  const doubt =
    shortfall(run.load, claimed.declaredIterations) ??
    (run.endMs < toMs ? (run.cutShort ?? `nobody looked on after ${seconds(run.endMs - fromMs)}`) : undefined) ??
    coverageGap(during, fromMs, Math.min(toMs, run.endMs));
  if (doubt !== undefined) return { ...claim, status: "inconclusive", measured, reason: doubt };

  const samples = run.samples.filter(({ atMs }) => atMs <= deadlineMs);
  const start = during.find(({ reading }) => reading.kind === "value")?.reading;
  const initial = start?.kind === "value" ? start.value.desired : 0;
  const what = mostDesired <= initial ? `${workload} never left ${initial}` : `${workload} stopped at ${most}`;
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
  const leftMs = all.find(({ reading }) => reading.kind === "value" && reading.value.desired > replicas)?.atMs;
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
    const gaps = coverageGap(all, sinceMs, back.atMs);
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
    coverageGap(all, sinceMs, deadlineMs);
  if (doubt !== undefined) return { ...claim, status: "inconclusive", measured, reason: doubt };
  const what = `${workload} did not come back in ${claimed.deadlineSeconds} s`;
  return { ...claim, status: "fail", measured, reason: explained(what, whyNotBack(run.samples, workload)) };
}

/**
 * The workload did not move at all, from before the load until the end. One sample is enough to break this. A pod that is not ready for
 * a moment is told, and is no scaling: on a machine that is busy with the other workload a probe can be late.
 */
export function stays(run: Run, workload: Workload, replicas: number, until?: Until): Assertion {
  const claim = {
    name: `${workload} stays at ${replicas}${until === undefined ? "" : ` until ${until.says}`}`,
    expected: `${replicas} replicas ${until === undefined ? "throughout" : `until ${until.says}`}`,
  };
  if (until?.atMs === null) return unseen(claim, run, until);
  const toMs = until?.atMs ?? run.endMs;
  const all = readings(run, workload).filter(({ atMs }) => atMs <= toMs);
  const violations = all.filter(({ reading }) => reading.kind !== "gap" && !hasReplicas(reading, replicas));
  const first = violations[0];
  if (first !== undefined) {
    const atMs = first.atMs - run.loadStartMs;
    const scaled = violations.some(
      ({ reading }) =>
        reading.kind === "value" && (reading.value.desired !== replicas || reading.value.replicas > replicas),
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
  const gaps = coverageGap(all, all[0]?.atMs ?? run.loadStartMs, toMs);
  const unready = all.filter(({ reading }) => reading.kind === "value" && reading.value.ready < replicas).length;
  const measured =
    `${replicas} in all of ${all.filter(({ reading }) => reading.kind !== "gap").length} readings` +
    (unready === 0 ? "" : `, not all ready in ${unready}`);
  const doubt = gaps ?? run.cutShort ?? undefined;
  return doubt === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason: doubt };
}

/** A moment that ends a claim, and what happens then; null where it never came. */
export interface Until {
  atMs: number | null;
  says: string;
}

function unseen(claim: Pick<Assertion, "name" | "expected">, run: Run, until: Until): Assertion {
  const reason = run.cutShort ?? `it never came to this: ${until.says}`;
  return { ...claim, status: "inconclusive", measured: "nothing", reason };
}

/** So many messages waited all the time from the load's end: enough to see that nobody took them, and never so many as would start a worker. */
export function queueHolds(run: Run, messages: number, until: Until): Assertion {
  const claim = { name: `${messages} orders wait until ${until.says}`, expected: `${messages} messages on the queue` };
  if (until.atMs === null || run.loadEndMs === null) return unseen(claim, run, until);
  const [fromMs, toMs] = [run.loadEndMs, until.atMs];
  const all = run.samples
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .map(({ atMs, readings: { queue } }) => ({ atMs, reading: queue }));
  const other = all.find(({ reading }) => reading.kind !== "gap" && valueOf(reading)?.active !== messages)?.reading;
  if (other !== undefined) {
    const measured = other.kind === "value" ? `${other.value.active} messages` : "no such queue";
    return { ...claim, status: "fail", measured, reason: "somebody took orders, or somebody else sent some" };
  }
  const doubt = coverageGap(all, fromMs, toMs);
  const measured = `${messages} in all of ${all.filter(({ reading }) => reading.kind === "value").length} readings`;
  return doubt === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason: doubt };
}

/**
 * The workload's own signal asked for replicas: the HPA read that metric above its target. So what moved it was this, whatever else there was.
 * @param names how the metric's name begins.
 */
export function askedBySignal(
  run: Run,
  workload: Workload,
  signal: string,
  isSignal: (name: string) => boolean,
  declaredIterations: number,
): Assertion {
  const claim = {
    name: `${workload} was moved by its ${signal}`,
    expected: `${signal} above its target, as HPA ${workload} read it`,
  };
  const all = run.samples
    .filter(({ atMs }) => atMs >= run.loadStartMs)
    .map((sample) => ({ atMs: sample.atMs, reading: autoscalerOf(sample, workload) }));
  let highest: MetricState | undefined;
  for (const { reading } of all) {
    const metric = valueOf(reading)?.metrics.find(({ name }) => isSignal(name));
    if (metric !== undefined && (metric.current ?? -1) > (highest?.current ?? -1)) highest = metric;
  }
  const measured =
    highest === undefined
      ? "nothing"
      : `${highest.name} at most ${highest.current ?? "unknown"}, target ${highest.target ?? "none"}`;
  if (highest?.current != null && highest.target !== null && highest.current > highest.target) {
    return { ...claim, status: "pass", measured };
  }
  const doubt = shortfall(run.load, declaredIterations) ?? run.cutShort ?? coverageGap(all, run.loadStartMs, run.endMs);
  if (doubt !== undefined) return { ...claim, status: "inconclusive", measured, reason: doubt };
  return { ...claim, status: "fail", measured, reason: `HPA ${workload} never read ${signal} above its target` };
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
  const doubt = coverageGap(all, all[0]?.atMs ?? run.loadStartMs, run.endMs) ?? run.cutShort ?? undefined;
  const measured = `0 in all of ${all.filter(({ reading }) => reading.kind === "value").length} readings`;
  return doubt === undefined
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "inconclusive", measured, reason: doubt };
}

function readings(run: Run, workload: Workload): Timed<DeploymentState>[] {
  return run.samples.map((sample) => ({ atMs: sample.atMs, reading: deploymentOf(sample, workload) }));
}

function standsAt(reading: Reading<DeploymentState>, replicas: number): boolean {
  if (reading.kind !== "value") return false;
  const { desired, ready, replicas: existing } = reading.value;
  return desired === replicas && ready === replicas && existing === replicas;
}

/** Whether as many are desired and exist, ready or not. */
function hasReplicas(reading: Reading<DeploymentState>, replicas: number): boolean {
  return reading.kind === "value" && reading.value.desired === replicas && reading.value.replicas === replicas;
}

function shown(reading: Reading<DeploymentState>): string {
  switch (reading.kind) {
    case "value":
      return `${reading.value.desired} desired, ${reading.value.ready} ready`;
    case "absent":
      return "no such Deployment";
    case "gap":
      return "unknown";
  }
}

function percent(share: number): string {
  return `${100 * share} %`;
}

function milliseconds(durationMs: number): string {
  return `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`;
}

function explained(what: string, causes: readonly string[]): string {
  return causes.length === 0 ? what : `${what}: ${causes.join("; ")}`;
}
