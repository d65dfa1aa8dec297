import { isServiceBusError } from "@azure/service-bus";

/** Least time between two renewals of a lock, in milliseconds: also between tries when one fails. */
const MIN_INTERVAL_MS = 500;

/** Waits are multiples of this: Node keeps the timers of one duration together, and one of a duration of its own costs several times as much. */
const STEP_MS = 100;

/** Clocks differ: a lock whose end has passed here by less may still be held. */
const CLOCK_ALLOWANCE_MS = 2_000;

/** Whether the broker said that the lock is gone. Any other failure leaves that open. */
export function isLockLost(error: unknown): boolean {
  return isServiceBusError(error) && error.code === "MessageLockLost";
}

/**
 * Renews a lock, each time when half of it has passed, until it is ended: the SDK's own renewal ends with the link, with a bound on
 * its duration, and at the first failure.
 * @param renew resolves when the lock was renewed, so that `lockedUntil` has moved.
 * @param onLost called, at most once, when the lock is lost; nothing is renewed any more then.
 * @returns ends it.
 */
export function keepLocked(options: {
  readonly lockedUntil: () => Date;
  readonly renew: () => Promise<void>;
  readonly onRenewal: (result: "renewed" | "failed") => void;
  readonly onLost: (error: unknown) => void;
  readonly now?: () => number;
}): () => void {
  const { lockedUntil, renew, onRenewal, onLost, now = Date.now } = options;
  let ended = false;
  let timer: NodeJS.Timeout;

  const leftMs = (): number => lockedUntil().getTime() - now();

  function renewAfter(waitMs: number): void {
    const stepsMs = Math.floor(waitMs / STEP_MS) * STEP_MS;
    timer = setTimeout(() => void tryToRenew(), Math.max(stepsMs, MIN_INTERVAL_MS));
  }

  async function tryToRenew(): Promise<void> {
    try {
      await renew();
      if (ended) return;
      onRenewal("renewed");
      renewAfter(leftMs() / 2);
    } catch (error) {
      if (ended) return;
      onRenewal("failed");
      if (isLockLost(error) || leftMs() + CLOCK_ALLOWANCE_MS < 0) {
        ended = true;
        onLost(error);
      } else {
        renewAfter(MIN_INTERVAL_MS);
      }
    }
  }

  // Jitter, for messages that came together.
  renewAfter(leftMs() * (0.4 + Math.random() / 10));
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
