import { Redis } from "ioredis";
import * as z from "zod";
import type { Logger } from "./logger.ts";

/** `REDIS_URL`, as an environment's shape. */
export const redisEnvironment = { REDIS_URL: z.url({ protocol: /^rediss?$/, error: "want redis://host:port" }) };

/** A Redis that does not answer for this long is unavailable: commands under way fail, and the client reconnects. */
const SILENCE_LIMIT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * A client that connects by itself, again and again, and whose commands fail soon while Redis is unavailable: nothing is queued,
 * nothing is sent twice, so a caller that wants another try decides so itself.
 * @param onChange called with true whenever Redis has connected and with false whenever it has disconnected.
 */
export function connectRedis(
  url: string,
  log: Logger,
  onChange: (connected: boolean) => void = () => undefined,
): Redis {
  const redis = new Redis(url, {
    // One write for all commands of a tick: about ten times the throughput of one write each.
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // One timer a connection; `commandTimeout` would be one a command.
    socketTimeout: SILENCE_LIMIT_MS,
    retryStrategy: (attempts) => Math.min(50 * 2 ** Math.min(attempts, 10), MAX_RECONNECT_DELAY_MS),
  });
  let isConnected = false;
  redis.on("ready", () => {
    isConnected = true;
    log.info("Redis connected");
    onChange(true);
  });
  // Without a listener ioredis prints every failed attempt; the change is what matters.
  redis.on("error", (error: Error) => {
    log.debug({ err: error }, "Redis connection");
  });
  redis.on("close", () => {
    if (!isConnected) return;
    isConnected = false;
    log.warn("Redis disconnected");
    onChange(false);
  });
  return redis;
}

/** Sends what is under way and leaves; a Redis that is unavailable is not waited for. */
export async function closeRedis(redis: Redis): Promise<void> {
  try {
    if (redis.status === "ready") await redis.quit();
  } catch {
    // It disconnected just now, so there is nothing to close.
  } finally {
    redis.disconnect();
  }
}
