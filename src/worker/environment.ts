import { z } from "zod";
import { logLevel, milliseconds, port, positiveInteger, readEnvironment } from "../shared/environment.ts";
import { redisEnvironment } from "../shared/redis.ts";
import { serviceBusEnvironment } from "../shared/serviceBus.ts";

const environment = z.object({
  METRICS_PORT: port.default(9464),
  LOG_LEVEL: logLevel.default("info"),
  /** Messages that one worker holds at once. */
  WORKER_CONCURRENCY: positiveInteger.default(16),
  FULFILMENT_LATENCY_MS: milliseconds.default(100),
  ...serviceBusEnvironment,
  ...redisEnvironment,
});
export type WorkerEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readWorkerEnvironment(given: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  return readEnvironment(environment, given);
}
