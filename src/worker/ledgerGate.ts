import type { Logger } from "../shared/logger.ts";
import { backoffMs } from "./backoff.ts";
import { pause } from "../shared/pause.ts";

/** Longest time between two looks whether Redis takes commits again. */
const MAX_PROBE_INTERVAL_MS = 1_000;

/**
 * Whether outcomes can be committed now. It closes when Redis is away or full, and opens by itself when a probe, which writes as a commit
 * does, succeeds. Closed at first.
 */
export interface LedgerGate {
  isOpen(): boolean;
  /** Resolves with true when it is open, with false when the signal is aborted before. */
  whenOpen(signal: AbortSignal): Promise<boolean>;
  /** A commit could not be made, or the connection ended. */
  close(error?: unknown): void;
  /** Something has changed for the better: looks now instead of a while later. */
  probe(): void;
  /** Probes no more. */
  end(): void;
}

/** @param onChange hears of every change. */
export function createLedgerGate(options: {
  readonly probe: () => Promise<void>;
  readonly onChange: (open: boolean) => void;
  readonly log: Logger;
}): LedgerGate {
  const { probe, onChange, log } = options;
  const ended = new AbortController();
  const waiting = new Set<() => void>();
  let open = false;
  let awake = new AbortController();

  async function probeUntilOpen(): Promise<void> {
    for (let failures = 1; !ended.signal.aborted; failures += 1) {
      try {
        await probe();
        break;
      } catch (error) {
        log.debug({ err: error }, "no commits yet");
      }
      awake = new AbortController();
      await pause(Math.min(backoffMs(failures), MAX_PROBE_INTERVAL_MS), awake.signal);
    }
    if (ended.signal.aborted) return;
    open = true;
    log.info("orders can be committed");
    onChange(true);
    for (const wake of waiting) wake();
  }

  void probeUntilOpen();
  return {
    isOpen: () => open,
    whenOpen: async (signal) => {
      // It may have closed again by the time that a waiter runs.
      while (!open && !signal.aborted) {
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
    close: (error) => {
      if (!open) return;
      open = false;
      log.warn({ err: error }, "orders cannot be committed, receiving pauses");
      onChange(false);
      void probeUntilOpen();
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
