/**
 * Why the broker does not do what it is asked:
 * `storage-full` and `storage-failed`: nothing was changed, another try may succeed; `quota-exceeded`: the queue is full;
 * `entity-gone`: the queue was deleted meanwhile; `entity-disabled`: its status forbids it; `already-exists`: a queue of this name is there.
 */
export type BrokerErrorReason =
  "storage-full" | "storage-failed" | "quota-exceeded" | "entity-gone" | "entity-disabled" | "already-exists";

/** The broker did not do what it was asked, and nothing has changed; `message` is for the client. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly reason: BrokerErrorReason;

  constructor(reason: BrokerErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** For what nobody waits for: a failure was told to the log, and what was to be done comes up again. */
export function ignoreBrokerError(error: unknown): void {
  if (!(error instanceof BrokerError)) throw error;
}
