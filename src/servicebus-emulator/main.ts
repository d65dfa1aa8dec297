import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { createRegistry } from "../shared/registry.ts";
import { startEmulator } from "./emulator.ts";
import { readEmulatorEnvironment } from "./environment.ts";

async function start(): Promise<Running & { log: Logger }> {
  const environment = readEmulatorEnvironment();
  const log = createLogger("servicebus-emulator", environment.LOG_LEVEL);
  const registry = createRegistry();
  let draining = false;

  const emulator = await startEmulator({
    amqpPort: environment.AMQP_PORT,
    httpsPort: environment.HTTPS_PORT,
    queues: environment.EMULATOR_QUEUES,
    keys: environment.keys,
    tls: environment.tls,
    lockDurationMs: environment.EMULATOR_LOCK_DURATION_MS,
    maxDeliveryCount: environment.EMULATOR_MAX_DELIVERY_COUNT,
    registry,
    log,
  });
  const operations = await listenOperations({
    port: environment.METRICS_PORT,
    registry,
    notReadyBecause: () => (draining ? "draining" : undefined),
  });
  const { amqpPort, httpsPort } = emulator;
  log.info({ amqpPort, httpsPort, metricsPort: operations.port, queues: environment.EMULATOR_QUEUES }, "started");

  return {
    log,
    drain: async () => {
      draining = true;
      await emulator.close();
      await operations.close();
    },
  };
}

void runService("servicebus-emulator", start);
