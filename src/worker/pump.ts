import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import { createArrivals, type Arrivals } from "./arrivals.ts";
import { createReplaceableConnection } from "./connection.ts";
import { createInFlightMessages } from "./inFlight.ts";
import type { WorkerMetrics } from "./metrics.ts";
import type { Delivery } from "./processing.ts";
import type { Link, QueueConnection } from "./queue.ts";
import { createWatchdog } from "./watchdog.ts";
import { within } from "./within.ts";

/**
 * How far a link may get ahead of the oldest message that it brought and that is still in flight. The AMQP library under the SDK has room for
 * 2,048 deliveries behind that one, then the link stalls; what is left covers the credit that is out when a link is replaced.
 */
const MAX_SPAN = 1_500;

/** A link that is not open by then is replaced by one over another connection: one to a host that died without a word hangs for much longer. */
const OPEN_LIMIT_MS = 10_000;

/** For closing links and connections to a broker that may be unavailable. */
const CLOSE_LIMIT_MS = 1_000;

const WATCH_INTERVAL_MS = 250;

export type PumpState = "receiving" | "connecting" | "paused" | "draining";

/** Takes messages from the queue and has them handled, whatever becomes of links and connections. */
export interface Pump {
  state(): PumpState;
  /** Starts or pauses receiving; messages in flight stay in flight, with their locks. */
  receive(enabled: boolean): void;
  /** Stops receiving, waits for the messages in flight, abandons what is not done within the limit, and closes. */
  drain(): Promise<void>;
  /** Every message in flight is abandoned at once. */
  forceDrain(): void;
}

/** A link and what it has brought. */
interface Receiver {
  readonly connection: QueueConnection;
  readonly openedAtMs: number;
  link?: Link;
  isOpen: boolean;
  received: number;
  /** The messages in flight that it brought, each with its position among all that it brought, from 1. */
  readonly inFlight: Arrivals<{ readonly message: ServiceBusReceivedMessage; readonly position: number }>;
}

/**
 * Does not receive at first.
 * @param connect makes a connection that connects when it is used.
 * @param handle takes one message to its end; never rejects.
 */
export function createPump(options: {
  readonly connect: () => QueueConnection;
  readonly concurrency: number;
  readonly silenceLimitMs: number;
  /** How long after a drain has begun orders may still be worked on. */
  readonly drainLimitMs: number;
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}): Pump {
  const { connect, concurrency, silenceLimitMs, drainLimitMs, handle, metrics, log } = options;
  const watchdog = createWatchdog(silenceLimitMs);
  const connection = createReplaceableConnection({ connect, onChange: update, metrics, log });
  const inFlight = createInFlightMessages({ connection, handle, metrics, log });
  const stopping = new Set<Promise<void>>();
  let receiver: Receiver | undefined;
  let enabled = false;
  let draining = false;
  let checking = false;
  let hasReportedError = false;

  function update(): void {
    const receive = enabled && !draining && !connection.isReplacing();
    if (receive && receiver === undefined) receiver = openReceiver();
    else if (!receive && receiver !== undefined) retire(receiver);
  }

  function openReceiver(): Receiver {
    const opening: Receiver = {
      connection: connection.current(),
      openedAtMs: performance.now(),
      isOpen: false,
      received: 0,
      inFlight: createArrivals(),
    };
    opening.link = opening.connection.openLink(concurrency, {
      onOpen: () => {
        opening.isOpen = true;
        hasReportedError = false;
        watchdog.idle(performance.now());
        metrics.dependency("broker", true);
        log.info({ concurrency }, "receiver open");
      },
      onLost: () => {
        connection.replace(opening.connection, "lost");
      },
      onMessage: (message) => take(opening, message),
      onError: (error) => {
        metrics.dependency("broker", false);
        // Once a second while the broker is unavailable; the change is what matters.
        log[hasReportedError ? "debug" : "warn"]({ err: error }, "receiver error");
        hasReportedError = true;
      },
    });
    return opening;
  }

  /** Asks for no more over this link, and closes it when the last message that it brought is settled. */
  function retire(retired: Receiver): void {
    if (receiver === retired) receiver = undefined;
    const stopped = (retired.link?.stop() ?? Promise.resolve()).catch((error: unknown) => {
      log.debug({ err: error }, "a receiver did not stop cleanly");
    });
    stopping.add(stopped);
    void stopped.then(async () => {
      stopping.delete(stopped);
      await retired.inFlight.whenEmpty();
      await retired.link?.close().catch((error: unknown) => {
        log.debug({ err: error }, "a receiver did not close cleanly");
      });
    });
  }

  async function take(from: Receiver, message: ServiceBusReceivedMessage): Promise<void> {
    watchdog.received(performance.now());
    from.received += 1;
    const leave = from.inFlight.add({ message, position: from.received });
    const held = inFlight.hold(message);
    replaceWhenUsedUp(from);
    try {
      await held;
    } finally {
      leave();
    }
  }

  /** Replaces a receiver that is too far ahead of its oldest message. */
  function replaceWhenUsedUp(used: Receiver): void {
    const oldest = used.inFlight.oldest();
    if (receiver !== used || oldest === undefined) return;
    const { message, position } = oldest;
    if (used.received - position < MAX_SPAN) return;
    metrics.restarted("window");
    log.info({ confirmationId: message.messageId }, "a slow message has used up the receiver's window, replacing it");
    retire(used);
    update();
  }

  /** Replaces a receiver that does not open, or that brings nothing while messages wait. */
  async function watch(): Promise<void> {
    const watched = receiver;
    if (watched === undefined || checking) return;
    if (!watched.isOpen) {
      if (performance.now() - watched.openedAtMs > OPEN_LIMIT_MS) connection.replace(watched.connection, "unanswered");
      return;
    }
    // Without credit nothing can come.
    if (watched.inFlight.size >= concurrency || !watchdog.isDue(performance.now())) return;
    checking = true;
    try {
      const waiting = await connection.request((used) => used.peek(inFlight.size + 1));
      const held = inFlight.sequenceNumbers();
      const found = waiting.find((sequenceNumber) => !held.has(sequenceNumber));
      const now = performance.now();
      // Something may have come since.
      if (!watchdog.isDue(now) || receiver !== watched) return;
      if (found === undefined) {
        watchdog.idle(now);
      } else {
        watchdog.restarted(now);
        log.warn({ sequenceNumber: found }, "receiver stalled");
        connection.replace(watched.connection, "stalled");
      }
    } catch (error) {
      log.debug({ err: error }, "the queue cannot be peeked");
      watchdog.idle(performance.now());
    } finally {
      checking = false;
    }
  }
  const watching = setInterval(() => void watch(), WATCH_INTERVAL_MS);

  return {
    state: () => {
      if (draining) return "draining";
      if (!enabled) return "paused";
      return receiver?.isOpen === true ? "receiving" : "connecting";
    },
    receive: (nowEnabled) => {
      enabled = nowEnabled;
      update();
    },
    drain: async () => {
      draining = true;
      clearInterval(watching);
      inFlight.softStop();
      update();
      const limit = setTimeout(() => {
        inFlight.hardStop();
      }, drainLimitMs);
      // A link that never opened may take its time to notice that it is to stop.
      await within(Promise.all(stopping), { timeoutMs: CLOSE_LIMIT_MS }).catch(() => undefined);
      await inFlight.finished();
      clearTimeout(limit);
      await within(connection.current().close(), { timeoutMs: CLOSE_LIMIT_MS }).catch((error: unknown) => {
        log.debug({ err: error }, "the connection to the queue did not close cleanly");
      });
    },
    forceDrain: () => {
      inFlight.hardStop();
    },
  };
}
