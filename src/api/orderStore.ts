import type { Redis } from "ioredis";
import { z } from "zod";
import {
  ORDER_RETENTION_SECONDS,
  orderKey,
  orderRequest,
  orderStatus,
  type OrderMessage,
  type OrderStatus,
} from "../shared/order.ts";

/** Redis gave no answer. */
export class StoreAwayError extends Error {
  override readonly name = "StoreAwayError";
}

/** An order as a client may see it; times are ISO 8601 in UTC. */
export interface StoredOrder {
  readonly customerName: string;
  readonly productId: string;
  readonly amount: number;
  readonly status: OrderStatus;
  readonly acceptedAt: string;
  readonly fulfilledAt?: string | undefined;
}

/** What Redis knows of orders, as far as the API needs it. */
export interface OrderStore {
  /**
   * Undefined when there is no such order.
   * @throws {StoreAwayError} while Redis is away.
   */
  find(confirmationId: string): Promise<StoredOrder | undefined>;
  /** Notes `accepted` where nothing stands yet: the worker may have been faster, and a status never goes back. */
  noteAccepted(order: OrderMessage, acceptedAt: Date): Promise<void>;
}

const storedOrder = z.object({
  ...orderRequest.shape,
  amount: z.coerce.number().int(),
  status: orderStatus,
  acceptedAt: z.iso.datetime(),
  fulfilledAt: z.iso.datetime().optional(),
});

/** KEYS: the order. ARGV: seconds to live, then fields and values. */
const NOTE_ACCEPTED = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
`;

export function createOrderStore(redis: Redis): OrderStore {
  return {
    find: async (confirmationId) => {
      let fields: Record<string, string>;
      try {
        fields = await redis.hgetall(orderKey(confirmationId));
      } catch (error) {
        throw new StoreAwayError("no answer from Redis", { cause: error });
      }
      if (fields.status === undefined) return undefined;
      return storedOrder.parse(fields);
    },
    noteAccepted: async ({ confirmationId, customerName, productId, amount }, acceptedAt) => {
      const status: OrderStatus = "accepted";
      const fields = { customerName, productId, amount, status, acceptedAt: acceptedAt.toISOString() };
      await redis.eval(
        NOTE_ACCEPTED,
        1,
        orderKey(confirmationId),
        ORDER_RETENTION_SECONDS,
        ...Object.entries(fields).flat(),
      );
    },
  };
}
