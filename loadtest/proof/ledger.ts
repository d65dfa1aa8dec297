import { Redis } from "ioredis";
import { orderKey } from "../../src/shared/order.ts";
import { messageOf } from "./messageOf.ts";
import type { QueueState, Reading } from "./observed.ts";
import type { Address } from "./reach.ts";
import type { Source } from "./sampler.ts";

/** What became of every order that the bus accepted in a run. */
export interface Ledger {
  accepted: number;
  /** Committed in Redis, counted by id. */
  fulfilled: number;
  /** On the queue, waiting or locked. */
  waiting: number;
  /** Dead-lettered since the run began. */
  deadLettered: number;
  /** Accepted, and in none of the three. */
  lost: number;
  /** Some of the ids that are not committed. */
  notFulfilled: string[];
}

const SHOWN_IDS = 20;
const PIPELINE_LENGTH = 500;
const READ_TIMEOUT_MS = 10_000;

/**
 * Accounts for every accepted id. Redis answers by id; the queue can only be counted, so ids that Redis does not know are on the queue as far
 * as its counts reach, and lost beyond them.
 */
export function account(
  accepted: readonly string[],
  isFulfilled: (id: string) => boolean,
  queue: QueueState,
  deadLetteredBefore: number,
): Ledger {
  const notFulfilled = accepted.filter((id) => !isFulfilled(id));
  const deadLettered = Math.max(0, queue.deadLettered - deadLetteredBefore);
  return {
    accepted: accepted.length,
    fulfilled: accepted.length - notFulfilled.length,
    waiting: queue.active,
    deadLettered,
    lost: Math.max(0, notFulfilled.length - queue.active - deadLettered),
    notFulfilled: notFulfilled.slice(0, SHOWN_IDS),
  };
}

/** The ledger as it stands now; a gap when the queue or Redis cannot be read. */
export async function readLedger(options: {
  accepted: readonly string[];
  queue: Source<QueueState>;
  redis: Address;
  deadLetteredBefore: number;
}): Promise<Reading<Ledger>> {
  try {
    // The queue first: a worker commits before it completes, so an order on its way between the two is seen at least once, never missed.
    const queue = await options.queue(AbortSignal.timeout(READ_TIMEOUT_MS));
    if (queue === undefined) return { kind: "gap", error: "the queue is not there" };
    const fulfilled = await readFulfilled(options.redis, options.accepted);
    return {
      kind: "value",
      value: account(options.accepted, (id) => fulfilled.has(id), queue, options.deadLetteredBefore),
    };
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  }
}

/**
 * Those of the ids whose order is committed as fulfilled.
 * @throws when Redis cannot be reached or answers with an error.
 */
export async function readFulfilled(address: Address, ids: readonly string[]): Promise<Set<string>> {
  const redis = new Redis({
    host: address.host,
    port: address.port,
    lazyConnect: true,
    connectTimeout: READ_TIMEOUT_MS,
    commandTimeout: READ_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    // Or ioredis keeps the process for 2 s after a connection that failed.
    disconnectTimeout: 100,
    retryStrategy: (attempt) => (attempt > 2 ? null : 500),
  });
  // Without a listener ioredis prints the error; the commands reject with it all the same.
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    const fulfilled = new Set<string>();
    for (let first = 0; first < ids.length; first += PIPELINE_LENGTH) {
      const chunk = ids.slice(first, first + PIPELINE_LENGTH);
      const pipeline = redis.pipeline();
      for (const id of chunk) pipeline.hget(orderKey(id), "status");
      const answers = (await pipeline.exec()) ?? [];
      chunk.forEach((id, index) => {
        const [error, status] = answers[index] ?? [new Error("no answer"), null];
        if (error !== null) throw error;
        if (status === "fulfilled") fulfilled.add(id);
      });
    }
    return fulfilled;
  } catch (error) {
    throw new Error(`Redis at ${address.host}:${address.port} cannot be read`, { cause: error });
  } finally {
    redis.disconnect();
  }
}
