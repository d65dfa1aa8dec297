import { setTimeout as delay } from "node:timers/promises";
import type { OrderMessage } from "../shared/order.ts";

/** Whoever really ships the order: this is where your own code goes. */
export interface Fulfilment {
  /**
   * Called at least once for each order; `confirmationId` is the key by which a repeated call must have no further effect.
   * A rejection means that another try may succeed.
   */
  fulfil(order: OrderMessage): Promise<void>;
}

/** A provider that takes its time and never fails. */
export function simulatedFulfilment(latencyMs: number): Fulfilment {
  return {
    fulfil: async () => {
      await delay(latencyMs);
    },
  };
}
