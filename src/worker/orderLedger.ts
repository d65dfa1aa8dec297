import type { Redis } from "ioredis";
import { ORDER_RETENTION_SECONDS, orderKey, type OrderMessage, type OrderStatus } from "../shared/order.ts";

/** `duplicate` when the order had been committed before, by this worker or another. */
export type CommitResult = "fulfilled" | "duplicate";

/** The memory of what was fulfilled. */
export interface OrderLedger {
  /**
   * A commit that has its effect exactly once per confirmation id, however often it is called.
   * The returned function rejects when Redis does not answer, and may then be called again.
   */
  commitment(order: OrderMessage, acceptedAt: Date, fulfilledAt: Date): () => Promise<CommitResult>;
}

/**
 * One atomic step, so that of two workers with the same message one commits.
 * KEYS: the order. ARGV: seconds to live, acceptedAt, then fields and values.
 * Answers whether this call committed, and the fulfilledAt that stands.
 */
const COMMIT = `
if redis.call('HGET', KEYS[1], 'status') == 'fulfilled' then
  return {0, redis.call('HGET', KEYS[1], 'fulfilledAt')}
end
redis.call('HSETNX', KEYS[1], 'acceptedAt', ARGV[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return {1, redis.call('HGET', KEYS[1], 'fulfilledAt')}
`;

export function createOrderLedger(redis: Redis): OrderLedger {
  return {
    commitment: ({ confirmationId, customerName, productId, amount }, acceptedAt, fulfilledAt) => {
      const status: OrderStatus = "fulfilled";
      const mine = fulfilledAt.toISOString();
      const fields = Object.entries({ customerName, productId, amount, status, fulfilledAt: mine }).flat();
      let unanswered = false;
      return async () => {
        try {
          const [committed, standing] = (await redis.eval(
            COMMIT,
            1,
            orderKey(confirmationId),
            ORDER_RETENTION_SECONDS,
            acceptedAt.toISOString(),
            ...fields,
          )) as [number, string];
          // A call that got no answer may have committed: then what stands is this one's own.
          return committed === 1 || (unanswered && standing === mine) ? "fulfilled" : "duplicate";
        } catch (error) {
          unanswered = true;
          throw error;
        }
      };
    },
  };
}
