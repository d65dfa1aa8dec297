import { runService } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { readEmulatorEnvironment } from "./environment.ts";
import { startService } from "./service.ts";

const SERVICE = "servicebus-emulator";

void runService(SERVICE, () => {
  const environment = readEmulatorEnvironment();
  return startService(environment, createLogger(SERVICE, environment.LOG_LEVEL));
});
