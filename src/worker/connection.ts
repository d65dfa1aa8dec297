import type { Logger } from "../shared/logger.ts";
import type { RestartReason, WorkerMetrics } from "./metrics.ts";
import type { QueueConnection } from "./queue.ts";
import { UnansweredError } from "./within.ts";

/** Time between two connections, so that a queue that rejects links at once is not asked in a tight loop. */
const RECONNECT_INTERVAL_MS = 1_000;

/** The connection to the queue that is in use now; the first sign of trouble replaces it. */
export interface ReplaceableConnection {
  current(): QueueConnection;
  /** True from the moment that a connection is given up until the next one takes its place. */
  isReplacing(): boolean;
  /** Gives up `used`, unless that has happened already. Requests under way over it end with an {@link UnansweredError}. */
  replace(used: QueueConnection, reason: RestartReason): void;
  /** Runs a request over the current connection, and gives up a connection that does not answer. */
  request<Value>(send: (used: QueueConnection) => Promise<Value>): Promise<Value>;
}

/** @param options.onChange called when a connection has been given up, and again when the next one has taken its place. */
export function createReplaceableConnection(options: {
  readonly connect: () => QueueConnection;
  readonly onChange: () => void;
  readonly metrics: Pick<WorkerMetrics, "restarted" | "dependency">;
  readonly log: Logger;
}): ReplaceableConnection {
  const { connect, onChange, metrics, log } = options;
  let connection = connect();
  let connectedAtMs = performance.now();
  let isReplacing = false;

  function reconnect(): void {
    isReplacing = false;
    connection = connect();
    connectedAtMs = performance.now();
    onChange();
  }

  function replace(used: QueueConnection, reason: RestartReason): void {
    if (used !== connection || isReplacing) return;
    isReplacing = true;
    metrics.restarted(reason);
    metrics.dependency("broker", false);
    log.warn({ reason }, "reconnecting to the queue");
    onChange();
    void used.close().catch((error: unknown) => {
      log.debug({ err: error }, "a connection to the queue did not close cleanly");
    });
    const waitMs = connectedAtMs + RECONNECT_INTERVAL_MS - performance.now();
    if (waitMs <= 0) reconnect();
    else setTimeout(reconnect, waitMs);
  }

  return {
    current: () => connection,
    isReplacing: () => isReplacing,
    replace,
    request: async (send) => {
      const used = connection;
      try {
        return await send(used);
      } catch (error) {
        if (error instanceof UnansweredError) replace(used, "unanswered");
        throw error;
      }
    },
  };
}
