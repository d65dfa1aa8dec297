import { Redis } from "ioredis";
import { orderKey, type OrderStatus } from "../../../../src/shared/order.ts";
import { type RedisAccess, redisOptions } from "./redisAccess.ts";

/** Orders in one round trip. */
const PIPELINE_LENGTH = 500;
const ANSWER_TIMEOUT_MS = 10_000;
const FULFILLED: OrderStatus = "processed";

/**
 * Those of the ids whose order is committed as fulfilled.
 * @throws when Redis cannot be reached or answers with an error.
 */
export async function readFulfilled(redis: RedisAccess, ids: Iterable<string>): Promise<Set<string>> {
  return new Set((await readCommitted(redis, ids)).keys());
}

/**
 * Of each id whose order is committed as fulfilled, how many more deliveries of it came to the commit and were absorbed.
 * @throws when Redis cannot be reached or answers with an error, or when `signal` is aborted.
 */
export async function readCommitted(
  access: RedisAccess,
  ids: Iterable<string>,
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const committed = new Map<string, number>();
  const see = (id: string, [status, repeats = null]: readonly (string | null)[]): void => {
    if (status === FULFILLED) committed.set(id, countOf(repeats, id));
  };
  await readFields(access, { ids, fields: ["status", "repeats"], see, signal });
  return committed;
}

/**
 * Reads these fields of the hash of each order, null where one is not there.
 * @throws when Redis cannot be reached or answers with an error, or when `signal` is aborted.
 */
export async function readFields(
  access: RedisAccess,
  options: {
    ids: Iterable<string>;
    fields: readonly string[];
    see: (id: string, values: readonly (string | null)[]) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { ids, fields, see, signal } = options;
  const redis = new Redis({
    ...redisOptions(access),
    lazyConnect: true,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    // Or ioredis keeps the process for 2 s after a connection that failed.
    disconnectTimeout: 100,
    retryStrategy: (attempt) => (attempt > 2 ? null : 500),
  });
  // Only this event has the error: commands reject with "Connection is closed".
  let unconnected: Error | undefined;
  redis.on("error", (error: Error) => {
    unconnected = error;
  });
  try {
    await redis.connect();
    const all = [...ids];
    for (let first = 0; first < all.length; first += PIPELINE_LENGTH) {
      signal?.throwIfAborted();
      const chunk = all.slice(first, first + PIPELINE_LENGTH);
      const pipeline = redis.pipeline();
      for (const id of chunk) pipeline.hmget(orderKey(id), ...fields);
      const answers = (await pipeline.exec()) ?? [];
      chunk.forEach((id, index) => {
        const [error, values] = answers[index] ?? [new Error("no answer"), null];
        if (error !== null) throw error;
        see(id, values as (string | null)[]);
      });
    }
  } catch (error) {
    throw new Error(`Redis at ${access.host}:${access.port} cannot be read`, { cause: unconnected ?? error });
  } finally {
    redis.disconnect();
  }
}

function countOf(repeats: string | null, id: string): number {
  if (repeats === null) return 0;
  if (!/^\d+$/.test(repeats))
    throw new Error(`${orderKey(id)} has ${JSON.stringify(repeats)} as repeats, want a count`);
  return Number(repeats);
}
