import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Reading } from "../model/reading.ts";
import type { QueueExpectation } from "../model/scenario.ts";
import { interruption } from "./run.ts";

const processed = { id: "all-processed", subject: "orders", expected: {} } as const;
const lost = { id: "none-lost", subject: "orders", expected: {} } as const;
const deadLettered = { id: "none-dead-lettered", subject: "orders", expected: {} } as const;
const accountedFor = { id: "all-accounted-for", subject: "orders", expected: {} } as const;

interface Known {
  ledger: Reading<Ledger> | null;
  /** Whether the proof waited until the demand had to be gone; if not, a waiting order proves nothing. */
  waited: boolean;
  /** The queue that the load fills, and the workload that takes from it; null where the target reads none. */
  queue: Pick<QueueExpectation, "name" | "workload"> | null;
  /** Why the run was not observed to its end; null where it ended by itself. */
  cutShort: string | null;
}

/**
 * What became of the orders. An unconfirmed order is no failure here: nobody was told that it was taken. What was seen to be wrong fails,
 * whatever else is unknown.
 */
export function ordersAccountedFor(known: Known): Assertion[] {
  const { ledger } = known;
  if (ledger?.kind !== "value") {
    const cause = (ledger?.kind === "gap" ? undefined : interruption(known)) ?? ledgerUnread(ledger);
    return [
      inconclusive(processed, null, cause),
      inconclusive(lost, null, cause),
      inconclusive(deadLettered, null, cause),
      inconclusive(accountedFor, null, cause),
    ];
  }
  const { value } = ledger;
  return [allProcessed(value, known), noneLost(value, known), noneDeadLettered(value), allAccountedFor(value)];
}

function allProcessed(of: Ledger, known: Known): Assertion {
  const total = of.processedOnce + of.processedAgain;
  const measured = { accepted: of.accepted, processed: total, waiting: of.waiting };
  if (of.accepted === 0) return inconclusive(processed, measured, noneAccepted(of));
  if (total === of.accepted) return passed(processed, measured);
  if (known.waited || of.lost > 0 || of.deadLettered.total > 0) {
    const examples = [...of.examples.lost, ...of.examples.deadLettered, ...of.examples.waiting];
    return failed(processed, measured, causeOf("orders-not-processed", "orders", { examples }));
  }
  return inconclusive(
    processed,
    measured,
    interruption(known) ?? causeOf("queue-not-awaited", known.queue?.name ?? "load", {}),
  );
}

function noneLost(of: Ledger, { queue }: Known): Assertion {
  const measured = { accepted: of.accepted, lost: of.lost };
  if (of.accepted === 0) return inconclusive(lost, measured, noneAccepted(of));
  if (of.lost === 0) return passed(lost, measured);
  return failed(
    lost,
    measured,
    causeOf("orders-lost", "orders", { examples: of.examples.lost }),
    ...(queue === null ? [] : [causeOf("completed-before-commit", queue.workload, {})]),
  );
}

function noneDeadLettered(of: Ledger): Assertion {
  const { byReason, total } = of.deadLettered;
  const measured = { deadLettered: total + of.deadLetteredAfterCommit };
  if (measured.deadLettered === 0 && Object.keys(byReason).length === 0) return passed(deadLettered, measured);
  const params = { byReason, afterCommit: of.deadLetteredAfterCommit, examples: of.examples.deadLettered };
  return failed(deadLettered, measured, causeOf("orders-dead-lettered", "orders", params));
}

/** A sum that is off is the ledger's own fault, and then nothing follows from it. */
function allAccountedFor(of: Ledger): Assertion {
  const { accepted, processedOnce, processedAgain, waiting, unconfirmed } = of;
  const counts = { processedOnce, processedAgain, waiting, deadLettered: of.deadLettered.total, lost: of.lost };
  const measured = { accepted, ...counts, unconfirmed };
  const sum = Object.values(counts).reduce((all, count) => all + count, 0);
  if (sum === accepted) return passed(accountedFor, measured);
  return inconclusive(accountedFor, measured, causeOf("ledger-contradicts-itself", "orders", { accountedFor: sum }));
}

function noneAccepted({ unconfirmed }: Ledger): Cause {
  return causeOf("no-order-accepted", "orders", { unconfirmed: unconfirmed.total });
}

/** Why it is not known what became of the orders. */
export function ledgerUnread(ledger: Exclude<Reading<Ledger>, { kind: "value" }> | null): Cause {
  return ledger?.kind === "gap"
    ? causeOf("ledger-unreadable", "orders", { error: ledger.error })
    : causeOf("orders-not-counted", "orders", {});
}
