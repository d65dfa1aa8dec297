import { EnvironmentError, EXIT_CONFIG } from "./environment.ts";
import { createLogger, type Logger } from "./logger.ts";

/** What a started service gives back: how it is drained. */
export interface Running {
  /** Finishes what is in hand, closes everything, and resolves; never longer than the pod's grace period. */
  drain(log: Logger): Promise<void>;
}

/**
 * Runs a service as a process: starts it, drains it once on SIGTERM or SIGINT, leaves with 0, at once with 1 on a second signal.
 * A start that fails leaves with 1, and with {@link EXIT_CONFIG} when the environment is to blame.
 */
export async function runService(service: string, start: () => Promise<Running & { log: Logger }>): Promise<void> {
  let running: Running & { log: Logger };
  try {
    running = await start();
  } catch (error) {
    if (error instanceof EnvironmentError) {
      process.stderr.write(`${service}: ${error.message}\n`);
      process.exit(EXIT_CONFIG);
    }
    createLogger(service, "error").fatal({ err: error }, "start failed");
    process.exit(1);
  }
  const { log } = running;
  let draining = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (draining) {
      log.warn({ signal }, "second signal, leaving at once");
      process.exit(1);
    }
    draining = true;
    log.info({ signal }, "draining");
    running.drain(log).then(
      () => {
        log.info("drained");
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, "drain failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
