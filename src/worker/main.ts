import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { closeRedis, connectRedis } from "../shared/redis.ts";
import { createRegistry } from "../shared/registry.ts";
import { readWorkerEnvironment } from "./environment.ts";
import { simulatedFulfilment } from "./fulfilment.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { createOrderLedger } from "./orderLedger.ts";
import { processDelivery } from "./processing.ts";
import { subscribeQueue } from "./queue.ts";

async function start(): Promise<Running & { log: Logger }> {
  const environment = readWorkerEnvironment();
  const log = createLogger("worker", environment.LOG_LEVEL);
  const registry = createRegistry();
  const metrics = createWorkerMetrics(registry);
  const redis = connectRedis(environment.REDIS_URL, log);
  const draining = new AbortController();
  const ports = {
    fulfilment: simulatedFulfilment(environment.FULFILMENT_LATENCY_MS),
    ledger: createOrderLedger(redis),
    metrics,
    log,
    draining: draining.signal,
  };

  const queue = subscribeQueue(environment, {
    concurrency: environment.WORKER_CONCURRENCY,
    handle: async (delivery) => {
      const started = performance.now();
      await processDelivery(ports, delivery);
      metrics.observe((performance.now() - started) / 1_000);
    },
    onInFlight: (count) => {
      metrics.inFlight(count);
    },
    log,
  });
  const operations = await listenOperations({
    port: environment.METRICS_PORT,
    registry,
    notReadyBecause: () => {
      if (draining.signal.aborted) return "draining";
      return queue.isOpen() ? undefined : "the receiver is not open";
    },
  });
  log.info({ metricsPort: operations.port }, "started");

  return {
    log,
    drain: async () => {
      draining.abort();
      await queue.close();
      await closeRedis(redis);
      await operations.close();
    },
  };
}

void runService("worker", start);
