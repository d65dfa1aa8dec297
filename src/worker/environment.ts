import * as z from "zod";
import { logLevel, port, positiveInteger, readEnvironment } from "../shared/environment.ts";
import { lastScrapeEnvironment } from "../shared/lastScrape.ts";
import { redisEnvironment } from "../shared/redis.ts";
import { oneBus, serviceBusEnvironment } from "../shared/serviceBus.ts";
import { tracingEnvironment } from "../shared/tracing.ts";
import { simulationEnvironment } from "./simulatedFulfilment.ts";

/** One link has room for 2,048 deliveries; see `MAX_SPAN` in pump.ts for what is left of it. */
const MAX_CONCURRENCY = 500;

const environment = z
  .object({
    METRICS_PORT: port.default(9464),
    LOG_LEVEL: logLevel.default("info"),
    /** Orders that one worker works on at once. */
    WORKER_CONCURRENCY: positiveInteger.max(MAX_CONCURRENCY).default(16),
    /** How long an order is held and tried again whose fulfilment fails; then it is abandoned, which the queue counts as a failed delivery. */
    WORKER_HOLD_LIMIT_MS: positiveInteger.default(5 * 60_000),
    /** Silence after which a receiver that could take messages is checked: do any wait? */
    WORKER_SILENCE_LIMIT_MS: positiveInteger.default(30_000),
    ...lastScrapeEnvironment,
    ...simulationEnvironment,
    ...serviceBusEnvironment,
    ...redisEnvironment,
    ...tracingEnvironment,
  })
  .refine(...oneBus);
export type WorkerEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readWorkerEnvironment(given: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  return readEnvironment(environment, given);
}
