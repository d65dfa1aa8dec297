/** No answer came in time, or none can come any more. What was asked for may have happened all the same. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

/**
 * The promise's own end, or an {@link UnansweredError} when the signal is aborted or the time is over before. Leaves nothing behind on the
 * signal; `Promise.race` with a promise that lives long would keep a trace of each. Not for one signal and thousands of promises: Node's listeners
 * go on referring to each other when they are removed, and keep the later ones, and their promises, alive until the next full garbage collection.
 */
export function within<Value>(
  promise: Promise<Value>,
  limits: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<Value> {
  const { signal, timeoutMs } = limits;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    };
    const giveUp = (): void => {
      end();
      reject(new UnansweredError(signal.aborted ? "aborted" : `no answer within ${timeoutMs ?? 0} ms`));
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    promise.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- its own, whatever it is
        reject(error);
      },
    );
  });
}
