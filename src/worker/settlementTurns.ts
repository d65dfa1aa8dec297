import { setImmediate as nextTick } from "node:timers/promises";

/**
 * Gives each settlement a tick of its own. rhea 3.0.5 sends the first two outcomes of a flush both with the first's, and flushes
 * once a tick, so a dead-letter beside a completion is completed and gone (`write_dispositions` in its lib/session.js).
 * To be removed, with its one use in queue.ts, once a corrected rhea is bundled.
 */
export function createSettlementTurns(): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(() => nextTick());
    return last;
  };
}
