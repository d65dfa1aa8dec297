import { type Assertion, type AssertionId, failed, inconclusive, passed } from "../model/assertion.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { LoadResult } from "../model/load.ts";
import { interruption, type Run } from "./run.ts";

/**
 * How much of a load may be missing: what two cores lose to a pause of a few hundred milliseconds at the start of a step, and far less than any
 * assertion turns on. More is another load than the declared one.
 */
export const LARGEST_MISSING_SHARE = 0.01;

/**
 * What a machine that is only busy stays below: there a process waits now and then. Above it the load's requests wait as the proof does, on their way
 * out and at their answer, and in a target on the same machine.
 */
const LARGEST_WAITED_SHARE = 0.5;

/** Why failed and slow requests, and CPU time that was not used, say nothing of the target; undefined where they do. */
export function starvation({ waitedShare }: Pick<Run, "waitedShare">): Cause | undefined {
  if (waitedShare === undefined || waitedShare === null || waitedShare <= LARGEST_WAITED_SHARE) return undefined;
  return causeOf("machine-starved", "load", { waitedShare, allowedShare: LARGEST_WAITED_SHARE });
}

/** A claim about requests, their answers and times, that does not hold: failed, unless the machine was starved. */
export function notHeld<Id extends AssertionId>(
  run: Pick<Run, "waitedShare">,
  claim: Parameters<typeof failed<Id>>[0],
  measured: Parameters<typeof failed<Id>>[1],
  cause: Cause,
): Assertion {
  const starved = starvation(run);
  return starved === undefined ? failed(claim, measured, cause) : inconclusive(claim, measured, starved, cause);
}

/**
 * The load was what was declared. If it was not, nothing follows from the run: neither that a workload did not scale, nor that one kept up with a load
 * that it was not given.
 * @param delivered how many iterations make it the declared load; null where nothing is sent, and the time passes.
 */
export function loadDelivered(run: Run, delivered: number | null): Assertion {
  const { load } = run;
  const claim = { id: "load-delivered", subject: "load", expected: { iterations: delivered } } as const;
  const cause = shortfall(load, delivered) ?? (delivered === null ? notOver(run) : undefined);
  const measured =
    load.kind === "broke" ? null : { iterations: load.counts.iterations, dropped: load.counts.droppedIterations };
  if (cause !== undefined || measured === null) return inconclusive(claim, measured, ...(cause ? [cause] : []));
  return passed(claim, measured);
}

/** Where nothing is sent, the time has to have passed. */
function notOver(run: Run): Cause | undefined {
  if (run.loadEndMs !== null) return undefined;
  return interruption(run) ?? causeOf("moment-not-reached", "load", { moment: "load-end" });
}

/** Why a load was less than declared; undefined where it was not. */
export function shortfall(load: LoadResult, delivered: number | null): Cause | undefined {
  if (load.kind === "broke") return broke(load);
  if (delivered === null) return undefined;
  const { iterations, droppedIterations } = load.counts;
  const missing = Math.max(droppedIterations, delivered - iterations);
  if (missing <= delivered * LARGEST_MISSING_SHARE) return undefined;
  const missingShare = Math.ceil((1000 * missing) / delivered) / 1000;
  return causeOf("load-not-delivered", "load", { missingShare, allowedShare: LARGEST_MISSING_SHARE });
}

/** No more requests failed than the objective allows. A failed one counts however the load ended, on a machine that was not starved. */
export function failedRequestsWithin(run: Run, maxFailedShare: number): Assertion {
  const { load } = run;
  const claim = { id: "failed-requests-within-objective", subject: "load", expected: { maxFailedShare } } as const;
  if (load.kind === "broke") return inconclusive(claim, null, broke(load));
  const { failedRequests, requests } = load.counts;
  const measured = { failed: failedRequests, requests };
  if (failedRequests > requests * maxFailedShare) {
    return notHeld(run, claim, measured, causeOf("requests-failed", "load", {}));
  }
  if (requests === 0) return inconclusive(claim, measured, causeOf("no-request-sent", "load", {}));
  if (load.exitCode !== 0 && failedRequests === 0) {
    // All was sent and nothing failed, yet a threshold was crossed: a check covered more than the status.
    return failed(claim, measured, causeOf("load-checks-failed", "load", {}));
  }
  return passed(claim, measured);
}

/** Nearly every request was quick enough. */
export function latencyWithin(run: Run, p95Ms: number): Assertion {
  const { load } = run;
  const claim = { id: "latency-within-objective", subject: "load", expected: { p95Ms } } as const;
  if (load.kind === "broke") return inconclusive(claim, null, broke(load));
  const { latencyMs } = load.counts;
  if (latencyMs === null) return inconclusive(claim, null, causeOf("latency-not-measured", "load", {}));
  const measured = { p95Ms: latencyMs.p95, p99Ms: latencyMs.p99, maxMs: latencyMs.max };
  return latencyMs.p95 <= p95Ms
    ? passed(claim, measured)
    : notHeld(
        run,
        claim,
        measured,
        causeOf("latency-exceeds-objective", "load", { p95Ms: latencyMs.p95, objectiveMs: p95Ms }),
      );
}

export function broke({ reason }: Extract<LoadResult, { kind: "broke" }>): Cause {
  return causeOf("load-broke", "load", { reason });
}
