import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { PodLife } from "../model/pods.ts";
import type { Reading } from "../model/reading.ts";
import { ledgerUnread, unread } from "./counters.ts";
import type { InjectedFaults } from "./faults.ts";
import { interruption, type Run } from "./run.ts";

interface Evidence {
  run: Run;
  pods: readonly PodLife[];
  done: InjectedFaults;
}

/** Workers that are scaled in finish or abandon their messages and end with exit code 0; only a killed one may leave its messages to their locks. */
export function terminatedGracefully({ run, pods, done }: Evidence): Assertion {
  const claim = { id: "terminated-gracefully", subject: "worker", expected: {} } as const;
  const killed = new Set(done.killed.map(({ pod }) => pod));
  const scaledIn = pods.filter(
    ({ name, workload, goneMs }) => workload === "worker" && goneMs !== null && !killed.has(name),
  );
  const gracefully = scaledIn.filter(({ exitCode }) => exitCode === 0).length;
  const measured = { gracefully, scaledIn: scaledIn.length };
  const abnormal = scaledIn.flatMap(({ name, endedBecause, removedExternally }) =>
    endedBecause === null || removedExternally ? [] : [causeOf("pod-terminated-abnormally", name, { endedBecause })],
  );
  if (abnormal.length > 0) {
    return failed(claim, measured, ...abnormal, causeOf("worker-does-not-drain", "worker", {}));
  }
  if (scaledIn.length === 0) {
    return inconclusive(claim, measured, interruption(run) ?? causeOf("no-scale-in-seen", "worker", {}));
  }
  const unseen = scaledIn.filter(({ exitCode }) => exitCode === null);
  if (unseen.length === 0) return passed(claim, measured);
  return inconclusive(claim, measured, ...unseen.map(({ name }) => causeOf("termination-not-seen", name, {})));
}

export function noLockLost(counters: Reading<Counters>): Assertion {
  const claim = { id: "no-lock-lost", subject: "worker", expected: {} } as const;
  if (counters.kind !== "value") return inconclusive(claim, null, unread(counters));
  const measured = { lost: counters.value.locksLost };
  return measured.lost > 0
    ? failed(claim, measured, causeOf("worker-does-not-drain", "worker", {}))
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
