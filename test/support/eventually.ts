import { setTimeout as delay } from "node:timers/promises";

const INTERVAL_MS = 25;

/**
 * Waits until the condition gives something other than undefined or false, and returns it. A condition that throws does not hold yet.
 * @throws when it does not hold within the time, with the last error as cause.
 */
export async function eventually<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  timeoutMs = 20_000,
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(INTERVAL_MS);
  } while (performance.now() < deadline);
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
}
