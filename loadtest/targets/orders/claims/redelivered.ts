import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { CommitTimes } from "../ledger/commitTimes.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** How many orders, enqueued before it and after it, tell when an order would have been committed had nothing held it. */
const NEIGHBOURS = 50;
/** By how much a kill may be seen later than it was: until the cluster says that the container is dead. */
const SEEN_LATE_SECONDS = 5;
const SHOWN_IDS = 20;

/**
 * What a killed worker held is committed within its lock time and a margin. Which orders it held nobody has noted: they are those that were committed
 * more than half a lock time after their neighbours on the queue, since nothing else holds an order for so long.
 */
export function redeliveredWithinLockTime(
  { marginSeconds }: Extract<OrdersClaim, { id: "redelivered-within-lock-time" }>,
  { commitTimes, lockSeconds, done }: Pick<ClaimEvidence, "commitTimes" | "lockSeconds" | "done">,
): Assertion {
  const lock = lockSeconds.kind === "value" ? lockSeconds.value : null;
  const expected = { lockSeconds: lock, marginSeconds, kills: done.killed.length };
  const claim = { id: "redelivered-within-lock-time", subject: "orders", expected } as const;
  if (lock === null) {
    const error = lockSeconds.kind === "gap" ? lockSeconds.error : "there is no such queue";
    return inconclusive(claim, null, causeOf("lock-time-unreadable", "orders", { error }));
  }
  if (commitTimes.kind !== "value") {
    const error = commitTimes.kind === "gap" ? commitTimes.error : "they were not read";
    return inconclusive(claim, null, causeOf("commits-unreadable", "orders", { error }));
  }
  const waits = redelivered(commitTimes.value, lock).map(({ id, processedMs }) => ({
    id,
    seconds: sinceKill(
      processedMs,
      done.killed.map(({ atMs }) => atMs),
      lock,
    ),
  }));
  const slowest = Math.max(...waits.map(({ seconds }) => seconds));
  if (waits.length === 0) {
    const measured = { redelivered: 0, slowestSeconds: null };
    return inconclusive(claim, measured, causeOf("no-redelivery-seen", "orders", {}));
  }
  const measured = { redelivered: waits.length, slowestSeconds: Math.round(slowest * 10) / 10 };
  if (slowest <= lock + marginSeconds) return passed(claim, measured);
  const late = waits.filter(({ seconds }) => seconds > lock + marginSeconds).map(({ id }) => id);
  return failed(
    claim,
    measured,
    causeOf("redelivered-late", "orders", { seconds: measured.slowestSeconds, examples: late.slice(0, SHOWN_IDS) }),
  );
}

function redelivered(
  commits: ReadonlyMap<string, CommitTimes>,
  lockSeconds: number,
): { id: string; processedMs: number }[] {
  const inOrder = [...commits]
    .map(([id, times]) => ({ id, ...times }))
    .sort((a, b) => a.acceptedMs - b.acceptedMs || a.processedMs - b.processedMs);
  return inOrder.filter(({ processedMs }, index) => {
    const near = inOrder.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1);
    const usualMs = median(near.map((one) => one.processedMs));
    return processedMs - usualMs > (lockSeconds * 1000) / 2;
  });
}

/** From the latest kill whose locks can have expired by then; from the first one where none can. */
function sinceKill(processedMs: number, killsMs: readonly number[], lockSeconds: number): number {
  const expired = killsMs.filter((atMs) => processedMs - atMs >= (lockSeconds - SEEN_LATE_SECONDS) * 1000);
  return (processedMs - Math.max(...(expired.length > 0 ? expired : killsMs.slice(0, 1)))) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
