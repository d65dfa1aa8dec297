import type { Logger } from "../shared/logger.ts";
import { backoffMs } from "./backoff.ts";
import { pause } from "../shared/pause.ts";

/** Longest time between two probes whether Redis takes commits again. */
const MAX_PROBE_INTERVAL_MS = 1_000;

/**
 * Whether outcomes can be committed now. It opens when Redis is unavailable or full, and closes by itself when a probe, which writes as a
 * commit does, succeeds. Open at first.
 */
export interface CommitCircuitBreaker {
  isClosed(): boolean;
  /** Resolves with true when it is closed, with false when the signal is aborted before. */
  whenClosed(signal: AbortSignal): Promise<boolean>;
  /** Opens it: a commit could not be made, or the connection ended. */
  trip(error?: unknown): void;
  /** Probes now instead of after the current back-off: Redis has connected. */
  probe(): void;
  /** Stops probing. */
  end(): void;
}

/** @param options.onChange called at every change. */
export function createCommitCircuitBreaker(options: {
  readonly probe: () => Promise<void>;
  readonly onChange: (isClosed: boolean) => void;
  readonly log: Logger;
}): CommitCircuitBreaker {
  const { probe, onChange, log } = options;
  const ended = new AbortController();
  const waiting = new Set<() => void>();
  let isClosed = false;
  let awake = new AbortController();

  async function probeUntilClosed(): Promise<void> {
    for (let failures = 1; !ended.signal.aborted; failures += 1) {
      try {
        await probe();
        break;
      } catch (error) {
        log.debug({ err: error }, "commit probe failed");
      }
      awake = new AbortController();
      await pause(Math.min(backoffMs(failures), MAX_PROBE_INTERVAL_MS), awake.signal);
    }
    if (ended.signal.aborted) return;
    isClosed = true;
    log.info("commit circuit breaker closed, receiving resumes");
    onChange(true);
    for (const wake of waiting) wake();
  }

  void probeUntilClosed();
  return {
    isClosed: () => isClosed,
    whenClosed: async (signal) => {
      // It may have opened again by the time that a waiter runs.
      while (!isClosed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const end = (): void => {
            waiting.delete(end);
            signal.removeEventListener("abort", end);
            resolve();
          };
          waiting.add(end);
          signal.addEventListener("abort", end);
        });
      }
      return !signal.aborted;
    },
    trip: (error) => {
      if (!isClosed) return;
      isClosed = false;
      log.warn({ err: error }, "commit circuit breaker open, receiving pauses");
      onChange(false);
      void probeUntilClosed();
    },
    probe: () => {
      awake.abort();
    },
    end: () => {
      ended.abort();
      awake.abort();
    },
  };
}
