import type { Redis } from "ioredis";
import * as z from "zod";
import {
  ORDER_RETENTION_SECONDS,
  orderKey,
  orderRequest,
  orderStatus,
  type OrderMessage,
  type OrderStatus,
} from "../shared/order.ts";

/** Redis gave no answer. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** An order with its current status; times are ISO 8601 in UTC. */
export const storedOrder = z.object({
  ...orderRequest.shape,
  status: orderStatus,
  acceptedAt: z.iso.datetime(),
  processedAt: z.iso.datetime().optional(),
});
export type StoredOrder = Readonly<z.infer<typeof storedOrder>>;

/** What Redis knows of orders, as far as the API needs it. */
export interface OrderStore {
  /**
   * Undefined when there is no such order.
   * @throws {StoreUnavailableError} while Redis is unavailable.
   */
  find(confirmationId: string): Promise<StoredOrder | undefined>;
  /**
   * Keeps the confirmation id for this very order: false when it belongs to another one. Leaves no status, so nothing is found by it yet.
   * @throws {StoreUnavailableError} while Redis is unavailable, or full.
   */
  claim(order: OrderMessage): Promise<boolean>;
  /**
   * Notes `accepted` where there is no status yet: the worker may have been faster, and a status never goes back.
   * @throws {StoreUnavailableError} while Redis is unavailable, or full.
   */
  noteAccepted(order: OrderMessage, acceptedAt: Date): Promise<void>;
}

/** Redis holds text, so a number is made of the amount again. */
const storedFields = storedOrder.extend({ amount: z.coerce.number().int() });

/** KEYS: the order. ARGV: seconds to live, customerName, productId, amount. Answers 0 when it holds another order. */
const CLAIM = `
local stored = redis.call('HMGET', KEYS[1], 'customerName', 'productId', 'amount')
if stored[1] then
  return (stored[1] == ARGV[2] and stored[2] == ARGV[3] and stored[3] == ARGV[4]) and 1 or 0
end
redis.call('HSET', KEYS[1], 'customerName', ARGV[2], 'productId', ARGV[3], 'amount', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
`;

/** KEYS: the order. ARGV: seconds to live, then fields and values. */
const NOTE_ACCEPTED = `
if redis.call('HEXISTS', KEYS[1], 'status') == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
`;

export function createOrderStore(redis: Redis): OrderStore {
  /** The client's own errors hold the command's arguments, which are not for the log; as a cause only their message is printed. */
  async function answer<Result>(command: Promise<Result>): Promise<Result> {
    try {
      return await command;
    } catch (error) {
      throw new StoreUnavailableError("no answer from Redis", { cause: error });
    }
  }

  return {
    find: async (confirmationId) => {
      const fields = await answer(redis.hgetall(orderKey(confirmationId)));
      if (fields.status === undefined) return undefined;
      return storedFields.parse(fields);
    },
    claim: async ({ confirmationId, customerName, productId, amount }) => {
      const claimed = await answer(
        redis.eval(CLAIM, 1, orderKey(confirmationId), ORDER_RETENTION_SECONDS, customerName, productId, amount),
      );
      return claimed === 1;
    },
    noteAccepted: async ({ confirmationId, customerName, productId, amount }, acceptedAt) => {
      const status: OrderStatus = "accepted";
      const fields = { customerName, productId, amount, status, acceptedAt: acceptedAt.toISOString() };
      await answer(
        redis.eval(
          NOTE_ACCEPTED,
          1,
          orderKey(confirmationId),
          ORDER_RETENTION_SECONDS,
          ...Object.entries(fields).flat(),
        ),
      );
    },
  };
}
