import { createLastScrape } from "../shared/lastScrape.ts";
import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { closeRedis, connectRedis } from "../shared/redis.ts";
import { createRegistry } from "../shared/registry.ts";
import { startTracing } from "../shared/startTracing.ts";
import { readWorkerEnvironment } from "./environment.ts";
import { createCommitCircuitBreaker } from "./commitCircuitBreaker.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { createOrderCommits } from "./orderCommits.ts";
import { processDelivery } from "./processing.ts";
import { createPump } from "./pump.ts";
import { connectQueue } from "./queue.ts";
import { simulatedFulfilment } from "./simulatedFulfilment.ts";
import { createSlots } from "./slots.ts";

/** Leaves the rest of the 25 s after which the process ends for settling with the broker. */
const DRAIN_WORK_LIMIT_MS = 20_000;

async function start(): Promise<Running & { log: Logger }> {
  const environment = readWorkerEnvironment();
  const log = createLogger("worker", environment.LOG_LEVEL);
  const registry = createRegistry();
  const metrics = createWorkerMetrics(registry);
  const lastScrape = createLastScrape(registry);
  const tracing = await startTracing("worker", environment, log);
  const redis = connectRedis(environment.REDIS_URL, log, (connected) => {
    if (connected) circuitBreaker.probe();
    else circuitBreaker.trip(new Error("the connection to Redis ended"));
  });
  const commits = createOrderCommits(redis);
  const circuitBreaker = createCommitCircuitBreaker({
    probe: () => commits.probe(),
    onChange: (isClosed) => {
      metrics.dependency("redis", isClosed);
      metrics.paused(!isClosed);
      pump.receive(isClosed);
    },
    log,
  });
  const ports = {
    fulfilment: simulatedFulfilment(environment),
    commits,
    circuitBreaker,
    slots: createSlots(environment.WORKER_CONCURRENCY),
    metrics,
    tracing,
    log,
    holdLimitMs: environment.WORKER_HOLD_LIMIT_MS,
  };
  const pump = createPump({
    connect: () => connectQueue(environment),
    concurrency: environment.WORKER_CONCURRENCY,
    silenceLimitMs: environment.WORKER_SILENCE_LIMIT_MS,
    drainLimitMs: DRAIN_WORK_LIMIT_MS,
    handle: (delivery) => processDelivery(ports, delivery),
    metrics,
    log,
  });
  metrics.paused(!circuitBreaker.isClosed());
  const operations = await listenOperations({
    port: environment.METRICS_PORT,
    registry,
    notReadyBecause: () => {
      const state = pump.state();
      return state === "receiving" ? undefined : state;
    },
  });
  log.info({ metricsPort: operations.port }, "started");

  return {
    log,
    drain: async (short) => {
      await pump.drain();
      // Before Redis is closed: a scrape that shows it as unavailable would be a false alarm.
      await lastScrape.wait({ withinMs: environment.METRICS_LAST_SCRAPE_WAIT_MS, signal: short });
      circuitBreaker.end();
      await closeRedis(redis);
      await operations.close();
      await tracing.close();
    },
    forceDrain: () => {
      pump.forceDrain();
    },
  };
}

void runService("worker", start);
