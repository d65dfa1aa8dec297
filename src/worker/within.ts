import type { Arrivals } from "./arrivals.ts";

/** No answer came in time, or none can come any more. What was asked for may have happened all the same. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

/** What ends the wait for a promise, besides its own end. */
interface Limits {
  readonly timeoutMs?: number;
  /**
   * Of one promise, or of few: Node's listeners go on referring to each other when they are removed, so that one signal of thousands of promises keeps
   * the later ones alive until the next full garbage collection.
   */
  readonly signal?: AbortSignal;
  /** Takes in what ends the wait, for as long as it lasts: for thousands of promises that one event ends. */
  readonly waiting?: Arrivals<(why: string) => void>;
}

/** The promise's own end, or an {@link UnansweredError} at the first of its limits. Leaves nothing behind on what may outlive it. */
export async function within<Value>(promise: Promise<Value>, { timeoutMs, signal, waiting }: Limits): Promise<Value> {
  let end = (): void => undefined;
  const unanswered = new Promise<never>((_resolve, reject) => {
    const giveUp = (why: string): void => {
      reject(new UnansweredError(why));
    };
    const aborted = (): void => {
      giveUp("aborted");
    };
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs, `no answer within ${timeoutMs} ms`);
    const leave = waiting?.add(giveUp);
    signal?.addEventListener("abort", aborted);
    if (signal?.aborted === true) aborted();
    end = () => {
      clearTimeout(timer);
      leave?.();
      signal?.removeEventListener("abort", aborted);
    };
  });
  try {
    return await Promise.race([promise, unanswered]);
  } finally {
    end();
  }
}
