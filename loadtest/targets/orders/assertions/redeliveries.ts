import { ledgerUnread } from "../../../assertions/ledger.ts";
import { countersUnread } from "../../../assertions/traffic.ts";
import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Reading } from "../../../model/reading.ts";

/**
 * No worker lost the lock of a message that it was processing, by the workers' own count.
 * @param killed whether workers were killed: then what is lost is what others did not drain.
 */
export function noLockLost(counters: Reading<Counters>, { killed }: { killed: boolean }): Assertion {
  const claim = { id: "no-lock-lost", subject: "worker", expected: {} } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, countersUnread(counters));
  const measured = { lost: counters.value.locksLost };
  return measured.lost > 0
    ? failed(claim, measured, causeOf(killed ? "worker-does-not-drain" : "locks-ended-early", "worker", {}))
    : passed(claim, measured);
}

/** Redeliveries that pass whatever the concurrency: a bus hands some messages out again that were completed a moment before. */
const LEAST_BOUND = 32;
/** Of what a killed worker may have had in flight: its slots, and as many that were just completed. */
const PER_SLOT = 2;

/**
 * Orders that were committed before were delivered again only as often as what killed workers had in flight explains.
 * @param concurrency messages that one worker processes at once, as the live Deployment says.
 */
export function redeliveriesWithinBound(
  ledger: Reading<Ledger> | null,
  concurrency: Reading<number>,
  killed: number,
): Assertion {
  const slots = concurrency.kind === "value" ? concurrency.value : null;
  const bound = Math.max(LEAST_BOUND, PER_SLOT * (slots ?? 0)) * Math.max(1, killed);
  const expected = { bound, concurrency: slots, killed };
  const claim = { id: "redeliveries-within-bound", subject: "orders", expected } as const;
  if (ledger?.kind !== "value") return inconclusive(claim, null, ledgerUnread(ledger));
  const { duplicatesAbsorbed, processedAgain, examples } = ledger.value;
  const measured = { redeliveries: duplicatesAbsorbed, orders: processedAgain };
  if (duplicatesAbsorbed <= bound) return passed(claim, measured);
  if (slots === null) {
    const error = concurrency.kind === "gap" ? concurrency.error : "there is no Deployment worker";
    return inconclusive(claim, measured, causeOf("worker-concurrency-unreadable", "worker", { error }));
  }
  return failed(claim, measured, causeOf("redelivered-beyond-bound", "orders", { examples: examples.processedAgain }));
}
