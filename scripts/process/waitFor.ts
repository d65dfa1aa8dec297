import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until the answer is not undefined.
 * @throws what `overdue` makes, after `timeoutMs`.
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  options: { timeoutMs: number; everyMs?: number; overdue: () => Error },
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw options.overdue();
    await sleep(options.everyMs ?? 500);
  }
}
