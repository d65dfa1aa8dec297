/** Longest time between two restarts that brought nothing, in milliseconds. */
const MAX_LIMIT_MS = 10 * 60_000;

/**
 * When a silent receiver is to be checked. A message that another worker holds looks like one that waits, so a restart may be in vain; each
 * that is doubles the time to the next.
 */
export interface Watchdog {
  /** A message came. */
  received(nowMs: number): void;
  /** A receiver was opened, or a check found nothing to receive. */
  idle(nowMs: number): void;
  /** The receiver was replaced for its silence. */
  restarted(nowMs: number): void;
  isDue(nowMs: number): boolean;
}

/** @param silenceLimitMs how long nothing may come, in milliseconds, before a check is due. */
export function createWatchdog(silenceLimitMs: number): Watchdog {
  let limitMs = silenceLimitMs;
  let lastMs = Number.POSITIVE_INFINITY;
  return {
    received: (nowMs) => {
      limitMs = silenceLimitMs;
      lastMs = nowMs;
    },
    idle: (nowMs) => {
      lastMs = nowMs;
    },
    restarted: (nowMs) => {
      limitMs = Math.max(silenceLimitMs, Math.min(2 * limitMs, MAX_LIMIT_MS));
      lastMs = nowMs;
    },
    isDue: (nowMs) => nowMs - lastMs > limitMs,
  };
}
