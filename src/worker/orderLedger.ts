import type { Redis } from "ioredis";
import { ORDER_RETENTION_SECONDS, orderKey, type OrderMessage, type OrderStatus } from "../shared/order.ts";

/** `duplicate` when the order had been committed before, by this worker or another. */
export type CommitResult = "fulfilled" | "duplicate";

/** Redis is away, full, or for another reason takes no commit of any order now. */
export class LedgerAwayError extends Error {
  override readonly name = "LedgerAwayError";
}

/** The memory of what was fulfilled. */
export interface OrderLedger {
  /**
   * A commit that has its effect exactly once per confirmation id, however often it is called. The returned function may be called again
   * after it has rejected.
   * @throws {LedgerAwayError} when no order can be committed now; another error when this one cannot.
   */
  commitment(order: OrderMessage, acceptedAt: Date, fulfilledAt: Date): () => Promise<CommitResult>;
  /**
   * Resolves when a commit would be taken.
   * @throws {LedgerAwayError}
   */
  probe(): Promise<void>;
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

/** KEYS: one of its own. ARGV: seconds to live. A script that writes, since Redis refuses those and reads at different times. */
const PROBE = `return redis.call('SET', KEYS[1], '', 'EX', ARGV[1])`;
const PROBE_KEY = "ledger:probe";
const PROBE_RETENTION_SECONDS = 60;

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
          throw failureOf(error);
        }
      };
    },
    probe: async () => {
      try {
        await redis.eval(PROBE, 1, PROBE_KEY, PROBE_RETENTION_SECONDS);
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

/** A new error in any case: ioredis puts a command's arguments on its own, and with them an order into whatever is logged. */
function failureOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  // The only answer that has to do with one key alone.
  if (message.startsWith("WRONGTYPE")) return new Error(`Redis holds something else under the order's key: ${message}`);
  return new LedgerAwayError(`no commit in Redis: ${message}`);
}
