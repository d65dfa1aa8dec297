import { setTimeout as delay } from "node:timers/promises";
import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { closeRedis, connectRedis } from "../shared/redis.ts";
import { createRegistry } from "../shared/registry.ts";
import { createServiceBusClient } from "../shared/serviceBus.ts";
import { startTracing } from "../shared/startTracing.ts";
import { createApp } from "./app.ts";
import { readApiEnvironment } from "./environment.ts";
import { createApiMetrics } from "./metrics.ts";
import { createOrderStore } from "./orderStore.ts";
import { connectPublisher, SEND_TIMEOUT_MS } from "./publisher.ts";
import { listenApi } from "./server.ts";
import { connectValidation } from "./validation.ts";

async function start(): Promise<Running & { log: Logger }> {
  const environment = readApiEnvironment();
  const log = createLogger("api", environment.LOG_LEVEL);
  const registry = createRegistry();
  const metrics = createApiMetrics(registry);
  const tracing = await startTracing("api", environment, log);
  const redis = connectRedis(environment.REDIS_URL, log, (up) => {
    metrics.dependency("redis", up);
  });
  const publisher = connectPublisher(
    () => createServiceBusClient(environment, { maxRetries: 0, timeoutInMs: SEND_TIMEOUT_MS }),
    { queue: environment.SERVICEBUS_QUEUE, metrics, log },
  );
  const validation = connectValidation(environment.VALIDATOR_URL, metrics.dependency);
  let draining = false;

  const app = createApp({
    validation,
    publisher,
    store: createOrderStore(redis),
    metrics,
    tracing,
    log,
    maxOrdersWaiting: environment.MAX_ORDERS_WAITING,
    draining: () => draining,
  });
  const server = await listenApi(environment.PORT, app);
  const operations = await listenOperations({
    port: environment.METRICS_PORT,
    registry,
    // Never broker or Redis: without them a client is better served by a 503 that says so than by no answer.
    notReadyBecause: async () => {
      if (draining) return "draining";
      return (await validation.answers()) ? undefined : "the validator does not answer";
    },
  });
  log.info({ port: server.port, metricsPort: operations.port }, "started");

  return {
    log,
    // Each step lets what the one before it needed go. Orders in flight end with the server: each waits for its batch.
    drain: async () => {
      draining = true;
      await delay(environment.DRAIN_DELAY_MS);
      await server.close();
      validation.close();
      await publisher.close();
      await closeRedis(redis);
      await tracing.close();
      await operations.close();
    },
  };
}

void runService("api", start);
