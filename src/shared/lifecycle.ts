import { EnvironmentError, EXIT_CONFIG } from "./environment.ts";
import { createLogger, type Logger } from "./logger.ts";

/** A drain that takes longer is given up, so that the log says so before the kubelet kills: the grace period is 30 s by default. */
export const DRAIN_LIMIT_MS = 25_000;

/** How long before that a drain skips what is optional. */
const COURTESY_ENDS_MS = 3_000;

/** What is left of a drain that is forced. */
const FORCED_DRAIN_LIMIT_MS = 5_000;

/** A started service, and how it is drained. */
export interface Running {
  /**
   * Finishes what is in flight, closes everything, and resolves.
   * @param short aborted when there is no time left for more than that: 3 s before the limit, and at a second signal.
   */
  drain(short: AbortSignal): Promise<void>;
  /** Called once, when the process is signalled again while it drains: what is not done at once is to be abandoned cleanly. */
  forceDrain?(): void;
}

/**
 * Runs a service as a process: starts it, drains it once on SIGTERM or SIGINT, leaves with 0, and with 1 after a drain of 25 s.
 * A signal that comes while it starts is handled when it has started: no start is killed halfway, and process 1 of a container, for which signals without
 * a handler do not exist, leaves all the same. A second signal forces the drain of a service that can do that, which then has 5 s; any other, and any third signal,
 * leaves at once with 1.
 * A start that fails leaves with 1, and with {@link EXIT_CONFIG} when the environment is to blame.
 */
export async function runService(service: string, start: () => Promise<Running & { log: Logger }>): Promise<void> {
  const short = new AbortController();
  let running: (Running & { log: Logger }) | undefined;
  let early: NodeJS.Signals | undefined;
  let signals = 0;
  const stop = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (running === undefined) {
      if (signals > 1) process.exit(1);
      early = signal;
    } else if (signals === 1) {
      drain(running, signal, short);
    } else if (signals === 2 && running.forceDrain !== undefined) {
      running.log.warn({ signal }, "second signal, forcing the drain");
      leaveAfter(FORCED_DRAIN_LIMIT_MS, running.log);
      short.abort();
      running.forceDrain();
    } else {
      running.log.warn({ signal }, "signalled again, exiting at once");
      process.exit(1);
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
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
  if (early !== undefined) drain(running, early, short);
}

function drain(running: Running & { log: Logger }, signal: NodeJS.Signals, short: AbortController): void {
  const { log } = running;
  log.info({ signal }, "draining");
  leaveAfter(DRAIN_LIMIT_MS, log);
  setTimeout(() => {
    short.abort();
  }, DRAIN_LIMIT_MS - COURTESY_ENDS_MS);
  running.drain(short.signal).then(
    () => {
      log.info("drained");
      process.exit(0);
    },
    (error: unknown) => {
      log.error({ err: error }, "drain failed");
      process.exit(1);
    },
  );
}

function leaveAfter(drainLimitMs: number, log: Logger): void {
  setTimeout(() => {
    log.error({ drainLimitMs }, "drain timed out, exiting");
    process.exit(1);
  }, drainLimitMs);
}
