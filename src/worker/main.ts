import { createLastScrape } from "../shared/lastScrape.ts";
import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { closeRedis, connectRedis } from "../shared/redis.ts";
import { createRegistry } from "../shared/registry.ts";
import { startTracing } from "../shared/tracing.ts";
import { readWorkerEnvironment } from "./environment.ts";
import { createLedgerGate } from "./ledgerGate.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { createOrderLedger } from "./orderLedger.ts";
import { processDelivery } from "./processing.ts";
import { createPump } from "./pump.ts";
import { connectQueue } from "./queue.ts";
import { simulatedFulfilment } from "./simulatedFulfilment.ts";
import { createSlots } from "./slots.ts";

/** Leaves the rest of the 25 s after which the process ends for telling the broker. */
const DRAIN_WORK_LIMIT_MS = 20_000;

async function start(): Promise<Running & { log: Logger }> {
  const environment = readWorkerEnvironment();
  const log = createLogger("worker", environment.LOG_LEVEL);
  const registry = createRegistry();
  const metrics = createWorkerMetrics(registry);
  const lastScrape = createLastScrape(registry);
  const tracing = await startTracing("worker", environment, log);
  const redis = connectRedis(environment.REDIS_URL, log, (up) => {
    if (up) gate.probe();
    else gate.close(new Error("the connection to Redis ended"));
  });
  const ledger = createOrderLedger(redis);
  const gate = createLedgerGate({
    probe: () => ledger.probe(),
    onChange: (open) => {
      metrics.dependency("redis", open);
      metrics.paused(!open);
      pump.receive(open);
    },
    log,
  });
  const ports = {
    fulfilment: simulatedFulfilment(environment),
    ledger,
    gate,
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
  metrics.paused(!gate.isOpen());
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
      // Before Redis is let go: a scrape that shows it as away would be an alarm for nothing.
      await lastScrape.wait({ withinMs: environment.METRICS_LAST_SCRAPE_WAIT_MS, signal: short });
      gate.end();
      await closeRedis(redis);
      await operations.close();
      await tracing.close();
    },
    hurry: () => {
      pump.hurry();
    },
  };
}

void runService("worker", start);
