import type { QueueContents } from "./queueContents.ts";

/** Where an order was found. */
export type Whereabouts =
  /** Committed; `repeats` deliveries more came to the commit and were absorbed. `deadLetterReason` of a repeat that was never settled. */
  | { readonly kind: "committed"; readonly repeats: number; readonly deadLetterReason: string | undefined }
  | { readonly kind: "dead-lettered"; readonly reason: string }
  | { readonly kind: "waiting" };

/** All places where an order can be. */
export interface Places extends Pick<QueueContents, "waiting" | "deadLettered"> {
  /** Of each id whose order is committed, its repeats. */
  committed(desired: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
}

/**
 * Where each of the ids is; one that is in no place is not in the answer, after a second look.
 *
 * The places are read in the order in which an order goes through them while it is looked for: a worker commits before it completes, and the broker
 * dead-letters what was on the queue. So an order on its way is seen at least once: on the queue, or where it went. What goes
 * against that order (a person who puts a dead letter back on the queue, a Redis that answers from a replica) is found by the second look.
 * @throws what a place throws: then it is unknown where the orders are.
 */
export async function locate(
  ids: Iterable<string>,
  places: Places,
  options: { signal: AbortSignal; pause: () => Promise<void>; log?: ((line: string) => void) | undefined },
): Promise<Map<string, Whereabouts>> {
  const desired = new Set(ids);
  const found = await look(desired, places, options.signal);
  const missing = new Set([...desired].filter((id) => !found.has(id)));
  if (missing.size === 0) return found;
  options.log?.(`  ledger: ${missing.size} of ${desired.size} orders were not found; looking once more`);
  await options.pause();
  for (const [id, whereabouts] of await look(missing, places, options.signal)) found.set(id, whereabouts);
  return found;
}

async function look(
  desired: ReadonlySet<string>,
  places: Places,
  signal: AbortSignal,
): Promise<Map<string, Whereabouts>> {
  const found = new Map<string, Whereabouts>();
  if (desired.size === 0) return found;
  // One after the other, never at once: see above.
  const waiting = await places.waiting(desired, signal);
  const deadLettered = await places.deadLettered(desired, signal);
  const committed = await places.committed(desired, signal);
  for (const id of desired) {
    const repeats = committed.get(id);
    const reason = deadLettered.get(id)?.reason;
    if (repeats !== undefined) found.set(id, { kind: "committed", repeats, deadLetterReason: reason });
    else if (reason !== undefined) found.set(id, { kind: "dead-lettered", reason });
    else if (waiting.has(id)) found.set(id, { kind: "waiting" });
  }
  return found;
}
