import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../scripts/process/freePort.ts";
import { QUEUE } from "../jobs.ts";
import { connectionString } from "../support/clients.ts";
import { startEmulatorProcess, type EmulatorProcess } from "../support/emulatorProcess.ts";
import { redisBinary } from "../support/redis.ts";
import { createSite, type Site } from "../support/site.ts";
import { bundleOf, startProcess, startServer } from "./processes.ts";

/** What the services lean on, each as a real process: a Service Bus with an empty queue, an empty Redis, the validator. */
export interface Surroundings {
  readonly emulator: EmulatorProcess;
  readonly site: Site;
  readonly redis: Redis;
  /** Of the services' processes. */
  readonly environment: Readonly<Record<string, string>>;
}

/** @param directory where data goes; on a disk. */
export async function withSurroundings<Result>(
  directory: string,
  work: (surroundings: Surroundings) => Promise<Result>,
): Promise<Result> {
  const site = await createSite({ parent: directory, queues: [QUEUE], lockDurationMs: 300_000 });
  const emulator = await startEmulatorProcess(site, { main: bundleOf("servicebus-emulator") });
  const validator = await startServer([process.execPath, bundleOf("validator")]);
  const redisPort = await freePort();
  const redisDirectory = await mkdtemp(join(directory, "ownsignal-redis-"));
  const server = startProcess(
    // As on the cluster: what is committed goes to a file, once a second to the disk.
    [redisBinary(), "--port", String(redisPort), "--dir", redisDirectory, "--save", "", "--appendonly", "yes"],
    {},
    "redis-server",
  );
  const redis = new Redis(redisPort, { retryStrategy: () => 100, maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  try {
    await redis.ping();
    return await work({
      emulator,
      site,
      redis,
      environment: {
        LOG_LEVEL: "info",
        SERVICEBUS_CONNECTION_STRING: connectionString(emulator.amqpPort),
        SERVICEBUS_QUEUE: QUEUE,
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        VALIDATOR_URL: `http://127.0.0.1:${validator.port}`,
      },
    });
  } finally {
    redis.disconnect();
    await Promise.all([emulator.stop(), validator.stop(), server.stop()]);
    await rm(redisDirectory, { recursive: true, force: true });
    await site.remove();
  }
}
