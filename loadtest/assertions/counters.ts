import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

/**
 * Whether a workload that must not scale got no traffic by its own count: its replicas can stay the same while it carries the load.
 * Nothing calls the API or fills the queue but a load: probes and scrapes come on another port and are not counted, so without one both counters stand
 * still, and one request or order is one too many.
 */
export function noTraffic(workload: Workload, counters: Reading<Counters>): Assertion {
  const claim = { id: "no-traffic", subject: workload, expected: {} } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, unread(counters));
  const counted = workload === "api" ? counters.value.apiRequests : counters.value.ordersProcessed;
  const measured = { counted, scrapes: counters.value.scrapes[workload] };
  return counted === 0
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("traffic-reached-workload", workload, {}));
}

/**
 * Whether what the worker counted itself is what the ledger found, for a load that nobody else added to. Two books kept in different places; the
 * ledger is the one that decides about orders, and a difference means that one of the two cannot be trusted.
 */
export function metricMatchesLedger(counters: Reading<Counters>, ledger: Reading<Ledger> | null): Assertion {
  const claim = { id: "metric-matches-ledger", subject: "worker", expected: {} } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, unread(counters));
  if (ledger?.kind !== "value") return inconclusive(claim, null, ledgerUnread(ledger));
  const { processedOnce, processedAgain, duplicatesAbsorbed, deadLettered, deadLetteredAfterCommit, unconfirmed } =
    ledger.value;
  const inLedger =
    processedOnce +
    processedAgain +
    duplicatesAbsorbed +
    deadLettered.total +
    deadLetteredAfterCommit +
    unconfirmed.processed +
    unconfirmed.deadLettered;
  const { ordersProcessed: counted, uncountedOrdersUpperBound, lostScrapes } = counters.value;
  const measured = {
    counted,
    inLedger,
    uncountedUpperBound: uncountedOrdersUpperBound,
    lostScrapes: lostScrapes.worker,
  };
  const difference = Math.abs(counted - inLedger);
  if (difference === 0 || (counted < inLedger && difference <= uncountedOrdersUpperBound)) {
    return passed(claim, measured);
  }
  const cause =
    counted > inLedger
      ? causeOf("counted-more-than-ledger", "worker", { difference })
      : causeOf("counted-less-than-ledger", "worker", { difference, explained: uncountedOrdersUpperBound });
  return failed(claim, measured, cause);
}

/** Nearly every order was processed in time, as the workers themselves count it. */
export function processingTimeWithin(counters: Reading<Counters>, p95Seconds: number): Assertion {
  const claim = { id: "processing-time-within-objective", subject: "orders", expected: { p95Seconds } } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, unread(counters));
  const { orderAgeSeconds: age } = counters.value;
  if (age === null) return inconclusive(claim, null, causeOf("no-order-age-counted", "worker", {}));
  const measured = { p50Seconds: age.p50, p95Seconds: age.p95, maxSeconds: age.max };
  const params = { p95Seconds: age.p95, objectiveSeconds: p95Seconds };
  return age.p95 <= p95Seconds
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("processing-time-exceeds-objective", "worker", params));
}

/** Why the counters are not known. */
export function unread(counters: Exclude<Reading<Counters>, { kind: "value" }>): Cause {
  return counters.kind === "gap"
    ? causeOf("counters-unreadable", "prometheus", { error: counters.error })
    : causeOf("prometheus-missing", "prometheus", {});
}

/** Why it is not known what became of the orders. */
export function ledgerUnread(ledger: Exclude<Reading<Ledger>, { kind: "value" }> | null): Cause {
  return ledger?.kind === "gap"
    ? causeOf("ledger-unreadable", "orders", { error: ledger.error })
    : causeOf("orders-not-counted", "orders", {});
}
