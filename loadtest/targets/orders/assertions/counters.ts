import { ledgerUnread } from "../../../assertions/ledger.ts";
import { countersUnread } from "../../../assertions/traffic.ts";
import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Reading } from "../../../model/reading.ts";

/**
 * Whether what the worker counted itself is what the ledger found, for a load that nobody else added to. Two books kept in different places; the
 * ledger is the one that decides about orders, and a difference means that one of the two cannot be trusted.
 * @param poison messages beside the orders, each of which the worker counts when it dead-letters it.
 */
export function metricMatchesLedger(
  counters: Reading<Counters>,
  ledger: Reading<Ledger> | null,
  poison = 0,
): Assertion {
  const claim = { id: "metric-matches-ledger", subject: "worker", expected: {} } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, countersUnread(counters));
  if (ledger?.kind !== "value") return inconclusive(claim, null, ledgerUnread(ledger));
  const { processedOnce, processedAgain, duplicatesAbsorbed, deadLettered, deadLetteredAfterCommit, unconfirmed } =
    ledger.value;
  const inLedger =
    poison +
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
  if (counters.kind !== "value") return inconclusive(claim, null, countersUnread(counters));
  const { orderAgeSeconds: age } = counters.value;
  if (age === null) return inconclusive(claim, null, causeOf("no-order-age-counted", "worker", {}));
  const measured = { p50Seconds: age.p50, p95Seconds: age.p95, maxSeconds: age.max };
  const params = { p95Seconds: age.p95, objectiveSeconds: p95Seconds };
  return age.p95 <= p95Seconds
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("processing-time-exceeds-objective", "worker", params));
}
