import type { Lifetime } from "../message/incoming.ts";
import { UNLIMITED_MS, type QueueProperties } from "../model/properties.ts";

/** When a message that is enqueued now expires: the queue's time to live is the longest that one can have. */
export function expiryOf(
  { timeToLiveMs, absoluteExpiryMs }: Lifetime,
  { defaultTimeToLiveMs }: QueueProperties,
  nowMs: number,
): number | undefined {
  const ownMs = Math.min(nowMs + (timeToLiveMs ?? UNLIMITED_MS), absoluteExpiryMs ?? UNLIMITED_MS);
  const expiresAtMs = Math.min(ownMs, nowMs + defaultTimeToLiveMs);
  return expiresAtMs >= UNLIMITED_MS ? undefined : expiresAtMs;
}
