import { runService, type Running } from "../shared/lifecycle.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { createRegistry } from "../shared/registry.ts";
import { readValidatorEnvironment } from "./environment.ts";
import { readRules } from "./rulesFile.ts";
import { listenValidator } from "./server.ts";

async function start(): Promise<Running & { log: Logger }> {
  const environment = readValidatorEnvironment();
  const rules = readRules(environment.VALIDATOR_RULES_FILE);
  const log = createLogger("validator", environment.LOG_LEVEL);
  const registry = createRegistry();
  const server = await listenValidator({ port: environment.PORT, rules, registry });
  const operations = await listenOperations({
    port: environment.METRICS_PORT,
    registry,
    notReadyBecause: () => undefined,
  });
  const rulesFile = environment.VALIDATOR_RULES_FILE ?? "default";
  log.info({ port: server.port, metricsPort: operations.port, rulesFile }, "started");
  return {
    log,
    // No delay: a native sidecar is told to stop only when the API's container has ended.
    drain: async () => {
      await server.close();
      await operations.close();
    },
  };
}

void runService("validator", start);
