import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import { pause } from "../shared/pause.ts";
import { TRACEPARENT_PROPERTY } from "../shared/tracing.ts";
import { createArrivals } from "./arrivals.ts";
import { backoffMs } from "./backoff.ts";
import type { ReplaceableConnection } from "./connection.ts";
import { isLockLost, keepLocked } from "./locks.ts";
import type { WorkerMetrics } from "./metrics.ts";
import type { Delivery } from "./processing.ts";
import type { Settlement } from "./queue.ts";

/** The messages that this worker holds under a lock, from their arrival to their settlement. */
export interface InFlightMessages {
  readonly size: number;
  sequenceNumbers(): Set<string>;
  /** Holds the message, with its lock renewed, until it is handled. Never rejects. */
  hold(message: ServiceBusReceivedMessage): Promise<void>;
  /** Soft stop of all that are held and all that still come: see {@link Delivery.softStop}. */
  softStop(): void;
  /** Hard stop of all that are held: see {@link Delivery.hardStop}. */
  hardStop(): void;
  /** Resolves when none is held any more. */
  finished(): Promise<void>;
}

interface InFlightMessage {
  readonly message: ServiceBusReceivedMessage;
  readonly softStop: AbortController;
  readonly hardStop: AbortController;
  isLocked: boolean;
  stopRenewing: () => void;
}

/** @param options.handle takes one message to its end; never rejects. */
export function createInFlightMessages(options: {
  readonly connection: Pick<ReplaceableConnection, "request">;
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly metrics: Pick<WorkerMetrics, "inFlight" | "observe" | "renewal" | "lockLost">;
  readonly log: Logger;
}): InFlightMessages {
  const { connection, handle, metrics, log } = options;
  const held = createArrivals<InFlightMessage>();
  let softStopped = false;

  function loseLock(one: InFlightMessage): void {
    if (!one.isLocked) return;
    one.isLocked = false;
    one.softStop.abort();
    metrics.lockLost();
  }

  /** Retries for as long as the lock may be held: without an answer it is unknown whether the broker settled the message. */
  async function settle(one: InFlightMessage, settlement: Settlement): Promise<void> {
    one.stopRenewing();
    for (let failures = 1; ; failures += 1) {
      try {
        await connection.request((used) => used.settle(one.message, settlement));
        return;
      } catch (error) {
        const lockedUntil = one.message.lockedUntilUtc ?? new Date(0);
        const isOver = lockedUntil.getTime() < Date.now();
        if (isLockLost(error)) {
          // A lock does not end before its time: the try before it settled the message, and its answer was lost with the connection.
          if (failures > 1 && !isOver) return;
          loseLock(one);
        }
        if (!one.isLocked || one.hardStop.signal.aborted || isOver) throw error;
        log.debug({ err: error, failures }, "settlement not confirmed, retrying");
      }
      await pause(backoffMs(failures), one.hardStop.signal);
    }
  }

  function deliveryOf(one: InFlightMessage): Delivery {
    const { message } = one;
    const traceparent: unknown = message.applicationProperties?.[TRACEPARENT_PROPERTY];
    return {
      messageId: String(message.messageId ?? ""),
      body: message.body as unknown,
      enqueuedAt: message.enqueuedTimeUtc ?? new Date(),
      traceparent: typeof traceparent === "string" ? traceparent : undefined,
      softStop: one.softStop.signal,
      hardStop: one.hardStop.signal,
      isLocked: () => one.isLocked,
      complete: () => settle(one, { kind: "complete" }),
      abandon: () => settle(one, { kind: "abandon" }),
      deadLetter: (reason, description) => settle(one, { kind: "dead-letter", reason, description }),
    };
  }

  return {
    get size() {
      return held.size;
    },
    sequenceNumbers: () => new Set([...held].map(({ message }) => String(message.sequenceNumber))),
    hold: async (message) => {
      const one: InFlightMessage = {
        message,
        softStop: new AbortController(),
        hardStop: new AbortController(),
        isLocked: true,
        stopRenewing: () => undefined,
      };
      one.stopRenewing = keepLocked({
        lockedUntil: () => message.lockedUntilUtc ?? new Date(0),
        renew: () => connection.request((used) => used.renew(message)),
        onRenewal: (result) => {
          metrics.renewal(result);
        },
        onLost: (error) => {
          loseLock(one);
          log.warn({ err: error, confirmationId: message.messageId }, "lock lost, the message will be redelivered");
        },
      });
      const letGo = held.add(one);
      metrics.inFlight(held.size);
      // It came while its link was being stopped.
      if (softStopped) one.softStop.abort();

      const started = performance.now();
      try {
        await handle(deliveryOf(one));
      } finally {
        one.stopRenewing();
        letGo();
        metrics.inFlight(held.size);
        metrics.observe((performance.now() - started) / 1_000);
      }
    },
    softStop: () => {
      softStopped = true;
      for (const { softStop } of held) softStop.abort();
    },
    hardStop: () => {
      for (const { hardStop } of held) hardStop.abort();
    },
    finished: async () => {
      while (held.size > 0) await held.whenEmpty();
    },
  };
}
