/** How often, within the time that the client may be silent, it is looked whether it was. */
const CHECKS = 4;

/** The longest pause between two empty frames, in milliseconds. */
const MAX_HEARTBEAT_MS = 60_000;

/** Keeps up an open connection's side of the idle timeouts, and watches the client's. */
export interface KeepAlive {
  /** Something came. */
  heard(): void;
  stop(): void;
}

export function keepAlive(options: {
  /** For how long the client takes silence; undefined or 0: for ever. */
  readonly peerIdleTimeoutMs: number | undefined;
  /** For how long a client may be silent. It is noticed up to a quarter later. */
  readonly idleTimeoutMs: number;
  /** Whether something was written since this was last asked. */
  readonly hasWritten: () => boolean;
  readonly sendHeartbeat: () => void;
  /** Whether nothing is read at the moment. */
  readonly isPaused: () => boolean;
  readonly onSilence: () => void;
}): KeepAlive {
  const { peerIdleTimeoutMs, idleTimeoutMs, hasWritten, sendHeartbeat, isPaused, onSilence } = options;
  let heard = true;
  let silentChecks = 0;
  const heartbeat =
    peerIdleTimeoutMs === undefined || peerIdleTimeoutMs === 0
      ? undefined
      : setInterval(
          () => {
            // Silence lasts for two of these at most.
            if (!hasWritten()) {
              sendHeartbeat();
              hasWritten();
            }
          },
          Math.min(peerIdleTimeoutMs / 3, MAX_HEARTBEAT_MS),
        );
  const check = setInterval(() => {
    // What is not read cannot be heard.
    silentChecks = heard || isPaused() ? 0 : silentChecks + 1;
    heard = false;
    if (silentChecks >= CHECKS) onSilence();
  }, idleTimeoutMs / CHECKS);
  return {
    heard: () => {
      heard = true;
    },
    stop: () => {
      clearInterval(heartbeat);
      clearInterval(check);
    },
  };
}
