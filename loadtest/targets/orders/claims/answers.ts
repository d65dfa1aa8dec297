import { notHeld } from "../../../assertions/load.ts";
import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import { queueOf } from "../../../model/observed.ts";
import { QUEUE } from "../scenarios/declaration.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

const SHOWN = 5;

/** Requests that were not served were answered, by a status that says so and in time: none hung. */
export function answeredInTime(
  { withinSeconds, statuses, atLeast = 0 }: Extract<OrdersClaim, { id: "answered-in-time" }>,
  { answers: { unexpected }, run }: Pick<ClaimEvidence, "answers" | "run">,
): Assertion {
  const expected = { withinSeconds, statuses: [...statuses] };
  const claim = { id: "answered-in-time", subject: "api", expected } as const;
  const slowestSeconds = Math.max(0, ...unexpected.map(({ durationMs }) => durationMs)) / 1000;
  const measured = { rejected: unexpected.length, slowestSeconds };
  const wrong = unexpected.filter(
    ({ status, durationMs }) => !statuses.includes(status) || durationMs > withinSeconds * 1000,
  );
  if (wrong.length === 0) {
    return unexpected.length >= atLeast
      ? passed(claim, measured)
      : inconclusive(claim, measured, causeOf("fault-not-seen", "api", { rejected: unexpected.length }));
  }
  const examples = wrong.slice(0, SHOWN).map(({ status, durationMs }) => ({ status, seconds: durationMs / 1000 }));
  return notHeld(run, claim, measured, causeOf("answered-otherwise", "api", { count: wrong.length, examples }));
}

/** The API accepts again soon after what it needs is there again. */
export function acceptingAgain(
  { withinSeconds, after }: Extract<OrdersClaim, { id: "accepting-again" }>,
  evidence: Pick<ClaimEvidence, "answers" | "run" | "done">,
): Assertion {
  const claim = { id: "accepting-again", subject: "api", expected: { withinSeconds, after } } as const;
  const sinceMs = after === "last-fault" ? evidence.done.injected.at(-1)?.atMs : readableAgainMs(evidence);
  const { unexpected } = evidence.answers;
  if (sinceMs === undefined) {
    return inconclusive(claim, null, causeOf("fault-not-seen", "api", { rejected: unexpected.length }));
  }
  const last = Math.max(...unexpected.map(({ sentMs }) => sentMs));
  const measured = {
    rejected: unexpected.length,
    lastAfterSeconds: unexpected.length === 0 ? null : Math.max(0, (last - sinceMs) / 1000),
  };
  return (measured.lastAfterSeconds ?? 0) <= withinSeconds
    ? passed(claim, measured)
    : notHeld(evidence.run, claim, measured, causeOf("accepting-late", "api", {}));
}

/** When the queue could be read again that could not be since the first fault. */
function readableAgainMs({ run, done }: Pick<ClaimEvidence, "run" | "done">): number | undefined {
  const faultMs = done.injected[0]?.atMs ?? Infinity;
  // The kill of a container is known some seconds after it was.
  const readings = run.samples.filter(({ atMs }) => atMs >= faultMs - KILL_KNOWN_LATE_MS);
  const gap = readings.findLastIndex((sample) => queueOf(sample, QUEUE).kind === "gap");
  return gap === -1 ? undefined : readings[gap + 1]?.atMs;
}

/** Requests that were in flight on a killed pod fail, and those that are sent to it until it gets none any more; no others. */
export function failedInFlightOnly(
  { marginSeconds }: Extract<OrdersClaim, { id: "failed-in-flight-only" }>,
  { answers: { unexpected }, done, ledger, run }: Pick<ClaimEvidence, "answers" | "done" | "ledger" | "run">,
): Assertion {
  const claim = { id: "failed-in-flight-only", subject: "api", expected: { marginSeconds } } as const;
  const kills = done.killed.map(({ atMs }) => atMs);
  const others = unexpected.filter(
    ({ sentMs, durationMs }) =>
      !kills.some((atMs) => sentMs <= atMs + marginSeconds * 1000 && sentMs + durationMs >= atMs - KILL_KNOWN_LATE_MS),
  );
  const afterSeconds = unexpected.map(({ sentMs }) => (sentMs - Math.min(...kills)) / 1000);
  const committedTwice = ledger?.kind === "value" ? ledger.value.duplicatesAbsorbed : null;
  const measured = {
    ...{ failed: unexpected.length, otherwise: others.length, committedTwice },
    lastAfterSeconds: afterSeconds.length === 0 ? null : Math.max(...afterSeconds),
  };
  if (kills.length === 0) return inconclusive(claim, measured, causeOf("fault-not-seen", "api", { rejected: 0 }));
  if (others.length === 0 && (committedTwice ?? 0) === 0) return passed(claim, measured);
  const examples = others.slice(0, SHOWN).map(({ status, durationMs }) => ({ status, seconds: durationMs / 1000 }));
  const cause = causeOf("answered-otherwise", "api", { count: others.length, examples });
  // What was committed twice was so on any machine.
  return others.length === 0 ? failed(claim, measured, cause) : notHeld(run, claim, measured, cause);
}

const KILL_KNOWN_LATE_MS = 3000;

export function noInvalidOrderAccepted({ answers: { invalidAccepted } }: Pick<ClaimEvidence, "answers">): Assertion {
  const claim = { id: "no-invalid-order-accepted", subject: "api", expected: {} } as const;
  const measured = { accepted: invalidAccepted.length };
  return invalidAccepted.length === 0
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("invalid-orders-accepted", "api", { examples: invalidAccepted.slice(0, 20) }));
}
