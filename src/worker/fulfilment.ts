import type { OrderMessage } from "../shared/order.ts";

/** Whoever really ships the order: this is where your own code goes. */
export interface Fulfilment {
  /**
   * Called at least once for each order; `order.confirmationId` is the key by which a repeated call must have no further effect.
   * Another rejection than with {@link UnfulfillableError} means that another try may succeed.
   * @throws {UnfulfillableError} when no try ever will.
   */
  fulfil(order: OrderMessage, call: FulfilmentCall): Promise<void>;
}

export interface FulfilmentCall {
  /** Aborted when the answer is not waited for any more: the worker has to leave, or the order was held for too long. */
  readonly signal: AbortSignal;
  /** To send along, so that the provider's part appears in the same trace. */
  readonly traceparent: string;
}

/** The provider says that it can never do this; the message goes to the dead-letter queue with what it says. */
export class UnfulfillableError extends Error {
  override readonly name = "UnfulfillableError";
  /** A word or two for whoever sorts dead letters, such as `unknown-product`; the error's message says more. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
