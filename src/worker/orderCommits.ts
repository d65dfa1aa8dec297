import type { Redis } from "ioredis";
import { ORDER_RETENTION_SECONDS, orderKey, type OrderMessage, type OrderStatus } from "../shared/order.ts";

/** `duplicate` when the order had been committed before, by this worker or another. */
export type CommitResult = "processed" | "duplicate";

/** Redis is unavailable, full, or for another reason takes no commit of any order now. */
export class CommitsUnavailableError extends Error {
  override readonly name = "CommitsUnavailableError";
}

/** The commits of orders in Redis. */
export interface OrderCommits {
  /**
   * A commit that has its effect exactly once per confirmation id, however often it is called. The returned function may be called again
   * after it has rejected.
   * @throws {CommitsUnavailableError} when no order can be committed now; another error when this one cannot.
   */
  commitment(order: OrderMessage, acceptedAt: Date, processedAt: Date): () => Promise<CommitResult>;
  /**
   * Resolves when a commit would be taken.
   * @throws {CommitsUnavailableError}
   */
  probe(): Promise<void>;
}

/**
 * One atomic step, so that of two workers with the same message one commits. Of an order that was committed before it notes that it came again:
 * the fields `repeats`, a count, and `repeatedAt` are there only where that happened, so they cost Redis nothing else. That note may fail, in a
 * Redis that is full for example: a repeat is absorbed all the same.
 *
 * A call after one without an answer carries the same processedAt, by which it knows what that one did: a commit is not followed by a repeat of its own,
 * and a repeat is not noted twice.
 * KEYS: the order. ARGV: seconds to live, acceptedAt, processedAt, 1 after a call without an answer, then fields and values.
 * Answers 1 when this commitment committed, else 0.
 */
const COMMIT = `
local stored = redis.call('HMGET', KEYS[1], 'status', 'processedAt', 'repeatedAt')
if stored[1] == 'processed' then
  local retried = ARGV[4] == '1'
  if retried and stored[2] == ARGV[3] then return 1 end
  if not (retried and stored[3] == ARGV[3]) then
    local noted = redis.pcall('HSET', KEYS[1], 'repeatedAt', ARGV[3])
    if type(noted) == 'number' then redis.pcall('HINCRBY', KEYS[1], 'repeats', 1) end
  end
  return 0
end
redis.call('HSETNX', KEYS[1], 'acceptedAt', ARGV[2])
redis.call('HSET', KEYS[1], 'processedAt', ARGV[3], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
`;

/** KEYS: one of its own. ARGV: seconds to live. A script that writes, since a full Redis rejects writes and still answers reads. */
const PROBE = `return redis.call('SET', KEYS[1], '', 'EX', ARGV[1])`;
const PROBE_KEY = "commits:probe";
const PROBE_RETENTION_SECONDS = 60;

export function createOrderCommits(redis: Redis): OrderCommits {
  return {
    commitment: ({ confirmationId, customerName, productId, amount }, acceptedAt, processedAt) => {
      const status: OrderStatus = "processed";
      const fields = Object.entries({ customerName, productId, amount, status }).flat();
      let unanswered = false;
      return async () => {
        try {
          const committed = await redis.eval(
            COMMIT,
            1,
            orderKey(confirmationId),
            ORDER_RETENTION_SECONDS,
            acceptedAt.toISOString(),
            processedAt.toISOString(),
            unanswered ? 1 : 0,
            ...fields,
          );
          return committed === 1 ? "processed" : "duplicate";
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
  return new CommitsUnavailableError(`no commit in Redis: ${message}`);
}
