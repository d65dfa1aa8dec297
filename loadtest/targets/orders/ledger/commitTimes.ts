import { orderKey } from "../../../../src/shared/order.ts";
import type { RedisAccess } from "./redisAccess.ts";
import { readFields } from "./orders.ts";

/** When an order was accepted and when it was committed, in milliseconds since 1970, as its commit says. */
export interface CommitTimes {
  acceptedMs: number;
  processedMs: number;
}

/** Of each id whose order is committed. @throws when Redis cannot be reached or answers with an error. */
export async function readCommitTimes(redis: RedisAccess, ids: readonly string[]): Promise<Map<string, CommitTimes>> {
  const times = new Map<string, CommitTimes>();
  const see = (id: string, [acceptedAt = null, processedAt = null]: readonly (string | null)[]): void => {
    if (acceptedAt === null || processedAt === null) return;
    const found = { acceptedMs: Date.parse(acceptedAt), processedMs: Date.parse(processedAt) };
    if (Number.isNaN(found.acceptedMs) || Number.isNaN(found.processedMs)) {
      throw new Error(`${orderKey(id)} says when with "${acceptedAt}" and "${processedAt}", want times of ISO 8601`);
    }
    times.set(id, found);
  };
  await readFields(redis, { ids, fields: ["acceptedAt", "processedAt"], see });
  return times;
}
