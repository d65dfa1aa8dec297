import type { Assertion } from "../model/assertion.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Reading } from "../model/reading.ts";

/** Ids that a reason names. */
const NAMED_IDS = 3;

/**
 * Judges what became of the orders. An unconfirmed order is no failure here: nobody was told that it was taken. What was seen to be wrong fails,
 * whatever else is unknown.
 * @param waited whether the proof waited until the queue had to be empty; if not, a waiting order proves nothing.
 * @param cutShort why nobody looked on to the end; null where the run ended by itself.
 */
export function ordersAreAccountedFor(options: {
  ledger: Reading<Ledger> | null;
  waited: boolean;
  cutShort: string | null;
}): Assertion[] {
  const { ledger, waited, cutShort } = options;
  const processed = { name: "every order was fulfilled", expected: "fulfilled = accepted" };
  const lost = { name: "no order was lost", expected: "0 lost" };
  const dead = { name: "no order was dead-lettered", expected: "0 dead-lettered" };
  const whole = {
    name: "every order is accounted for",
    expected: "accepted = processed once + processed again + waiting + dead-lettered + lost",
  };
  if (ledger?.kind !== "value") {
    const reason = ledger?.kind === "gap" ? ledger.error : (cutShort ?? "the orders were not counted");
    const unknown = { status: "inconclusive", measured: "nothing", reason } as const;
    return [processed, lost, dead, whole].map((claim) => ({ ...claim, ...unknown }));
  }

  const of = ledger.value;
  const total = of.processedOnce + of.processedAgain;
  const none =
    of.unconfirmed.total === 0 ? "no order was accepted" : `none of ${of.unconfirmed.total} orders was accepted`;
  return [
    { ...processed, measured: `${total} of ${of.accepted} fulfilled, ${of.waiting} waiting`, ...allProcessed() },
    { ...lost, measured: `${of.lost} lost of ${of.accepted}`, ...noneLost() },
    { ...dead, measured: `${of.deadLettered.total + of.deadLetteredAfterCommit} dead-lettered`, ...noneDead() },
    { ...whole, measured: sum(of), ...adds() },
  ];

  type Finding = Pick<Assertion, "status" | "reason">;

  function allProcessed(): Finding {
    if (of.accepted === 0) return { status: "inconclusive", reason: none };
    if (total === of.accepted) return { status: "pass" };
    if (waited || of.lost > 0 || of.deadLettered.total > 0) {
      const { examples } = of;
      return {
        status: "fail",
        reason: `not fulfilled are ${named([...examples.lost, ...examples.deadLettered, ...examples.waiting])}`,
      };
    }
    return { status: "inconclusive", reason: cutShort ?? "the queue was not waited for, since nothing worked on it" };
  }

  function noneLost(): Finding {
    if (of.accepted === 0) return { status: "inconclusive", reason: none };
    if (of.lost === 0) return { status: "pass" };
    return {
      status: "fail",
      reason: `neither fulfilled, nor on the queue, nor dead-lettered: ${named(of.examples.lost)}`,
    };
  }

  function noneDead(): Finding {
    const reasons = Object.entries(of.deadLettered.byReason).map(([reason, count]) => `${count} for ${reason}`);
    if (of.deadLetteredAfterCommit > 0) reasons.push(`${of.deadLetteredAfterCommit} after they were fulfilled`);
    if (reasons.length === 0) return { status: "pass" };
    return {
      status: "fail",
      reason: `${reasons.join(", ")}; the worker's log says why: ${named(of.examples.deadLettered)}`,
    };
  }

  /** A sum that is off is the ledger's own fault, and then nobody can say. */
  function adds(): Finding {
    const accounted = total + of.waiting + of.deadLettered.total + of.lost;
    if (accounted === of.accepted) return { status: "pass" };
    return { status: "inconclusive", reason: `the ledger contradicts itself: ${accounted} are accounted for` };
  }
}

/**
 * Deliveries of orders that were committed before are at most so many.
 * @param because why so many are to be expected, for example the killed pod's messages in flight.
 */
export function redeliveriesAtMost(ledger: Reading<Ledger> | null, most: number, because: string): Assertion {
  const claim = {
    name: "no order came again without cause",
    expected: `at most ${most} repeats: ${because}`,
  };
  if (ledger?.kind !== "value") {
    const reason = ledger?.kind === "gap" ? ledger.error : "the orders were not counted";
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const { duplicatesAbsorbed, processedAgain, examples } = ledger.value;
  const measured = `${duplicatesAbsorbed} repeats of ${processedAgain} orders, absorbed`;
  return duplicatesAbsorbed <= most
    ? { ...claim, status: "pass", measured }
    : {
        ...claim,
        status: "fail",
        measured,
        reason: `more than that were delivered again, for example ${named(examples.processedAgain)}`,
      };
}

function named(ids: readonly string[]): string {
  return `${ids.slice(0, NAMED_IDS).join(", ")}${ids.length > NAMED_IDS ? ", …" : ""}`;
}

function sum(of: Ledger): string {
  const { unconfirmed } = of;
  const counted = `${of.accepted} = ${of.processedOnce} + ${of.processedAgain} + ${of.waiting} + ${of.deadLettered.total} + ${of.lost}`;
  if (unconfirmed.total === 0) return counted;
  const became = `${unconfirmed.processed} processed, ${unconfirmed.waiting} waiting, ${unconfirmed.deadLettered} dead-lettered, ${unconfirmed.nowhere} nowhere`;
  return `${counted}; besides ${unconfirmed.total} unconfirmed: ${became}`;
}
