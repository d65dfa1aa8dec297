import { formatCount } from "../report/format.ts";
import type { Assertion } from "../model/assertion.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

/** What a workload's own counter counts, in words. */
const WORK: Record<Workload, { counts: string; pick: (counters: Counters) => number }> = {
  api: { counts: "requests", pick: (counters) => counters.apiRequests },
  worker: { counts: "orders processed", pick: (counters) => counters.ordersProcessed },
};

/**
 * Whether the workload that must not notice a load did no work by its own count: replicas could stay where they are and it still carry the load.
 * Nothing calls the API or fills the queue but a load: probes and scrapes come on another port and are not counted, so at rest both counters stand
 * still, and one request or order is one too many.
 */
export function bystanderDidNothing(workload: Workload, counters: Reading<Counters> | null): Assertion {
  const { counts, pick } = WORK[workload];
  const claim = { name: `${workload} did no work`, expected: `0 ${counts} by its own counter` };
  if (counters?.kind !== "value") return { ...claim, ...unread(counters) };
  const counted = pick(counters.value);
  const measured = `${counted} ${counts}, in ${counters.value.scrapes[workload]} scrapes`;
  if (counted === 0) return { ...claim, status: "pass", measured };
  return {
    ...claim,
    status: "fail",
    measured,
    reason: `somebody gave ${workload} work while only the other one's signal was to move: this load leaks into it, or the system is in use by others`,
  };
}

/**
 * Whether what the worker counted itself is what the ledger found, for a load that nobody else added to. Two books kept in different places; the
 * ledger is the one that decides about orders, and a difference means that one of the two cannot be trusted.
 */
export function countersAgreeWithLedger(counters: Reading<Counters> | null, ledger: Reading<Ledger> | null): Assertion {
  const claim = {
    name: "the worker's own count is the ledger's",
    expected: "as many deliveries taken to an end as the ledger knows of",
  };
  if (counters?.kind !== "value") return { ...claim, ...unread(counters) };
  if (ledger?.kind !== "value") {
    return { ...claim, status: "inconclusive", measured: "no ledger", reason: "the ledger could not be read" };
  }
  const { processedOnce, processedAgain, duplicatesAbsorbed, deadLettered, deadLetteredAfterCommit, unconfirmed } =
    ledger.value;
  const known =
    processedOnce +
    processedAgain +
    duplicatesAbsorbed +
    deadLettered.total +
    deadLetteredAfterCommit +
    unconfirmed.processed +
    unconfirmed.deadLettered;
  const { ordersProcessed, uncountedOrdersUpperBound, lostScrapes } = counters.value;
  const difference = ordersProcessed - known;
  const measured = `${ordersProcessed} counted, ${known} in the ledger`;
  if (difference === 0) return { ...claim, status: "pass", measured };
  if (difference < 0 && -difference <= uncountedOrdersUpperBound) {
    return {
      ...claim,
      status: "pass",
      measured: `${measured}: ${-difference} fewer, and up to ${uncountedOrdersUpperBound} may be missing with ${formatCount(lostScrapes.worker, "worker")} that ended without a last scrape`,
    };
  }
  return {
    ...claim,
    status: "fail",
    measured,
    reason:
      difference > 0
        ? `${difference} deliveries more than this load's orders account for: others use the queue, or the ledger misses orders`
        : `${-difference} fewer, of which workers that ended without a last scrape explain ${uncountedOrdersUpperBound} at the most: the counter or the ledger is wrong`,
  };
}

function unread(counters: Reading<Counters> | null): Pick<Assertion, "status" | "measured" | "reason"> {
  return {
    status: "inconclusive",
    measured: "not read",
    reason:
      counters?.kind === "gap"
        ? counters.error
        : "there is no Prometheus to ask: deploy component kustomize/components/monitoring",
  };
}
