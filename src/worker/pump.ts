import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import { pause } from "../shared/pause.ts";
import { TRACEPARENT_PROPERTY } from "../shared/tracing.ts";
import { backoffMs } from "./backoff.ts";
import { isLockLost, keepLocked } from "./locks.ts";
import type { RestartReason, WorkerMetrics } from "./metrics.ts";
import type { Delivery } from "./processing.ts";
import type { Link, QueueConnection, Settlement } from "./queue.ts";
import { createWatchdog } from "./watchdog.ts";
import { UnansweredError, within } from "./within.ts";

/**
 * How far a link may get ahead of the oldest message that it brought and that is still in hand. The AMQP library under the SDK has room for 2,048
 * deliveries behind that one, then the link stands still; what is left covers the credit that is out when a link is replaced.
 */
const MAX_SPAN = 1_500;

/** A link that is not there by then is tried anew over another connection: one to a host that died without a word hangs for much longer. */
const OPEN_LIMIT_MS = 10_000;

/** Time between two connections, so that a queue that refuses at once is not asked in a circle. */
const RECONNECT_INTERVAL_MS = 1_000;

/** For goodbyes to a broker that may be away. */
const GOODBYE_LIMIT_MS = 1_000;

const WATCH_INTERVAL_MS = 250;

export type PumpState = "receiving" | "connecting" | "paused" | "draining";

/** Takes messages from the queue and has them handled, whatever becomes of links and connections. */
export interface Pump {
  state(): PumpState;
  /** Receives while `wanted`; what is in hand stays in hand, with its lock. */
  receive(wanted: boolean): void;
  /** Stops receiving, waits for what is in hand, gives back what is not done within the limit, and closes. */
  drain(): Promise<void>;
  /** Everything in hand is given back at once. */
  hurry(): void;
}

/** A link and what it has brought. */
interface Source {
  readonly connection: QueueConnection;
  readonly openedAtMs: number;
  link?: Link;
  isOpen: boolean;
  received: number;
  /** In the order of arrival. */
  readonly hands: Set<Hand>;
  readonly handling: Set<Promise<void>>;
}

/** A message in hand. */
interface Hand {
  /** Its place among all that its link has brought, from 1. */
  readonly place: number;
  readonly message: ServiceBusReceivedMessage;
  readonly waiting: AbortController;
  readonly working: AbortController;
  isLocked: boolean;
  stopRenewing: () => void;
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
  const handling = new Set<Promise<void>>();
  const stopping = new Set<Promise<void>>();
  const hands = new Set<Hand>();
  let connection = connect();
  let connectedAtMs = performance.now();
  let source: Source | undefined;
  let wanted = false;
  let draining = false;
  let replacing = false;
  let checking = false;
  let inTrouble = false;

  function update(): void {
    const receive = wanted && !draining && !replacing;
    if (receive && source === undefined) source = openSource();
    else if (!receive && source !== undefined) retire(source);
  }

  function openSource(): Source {
    const opening: Source = {
      connection,
      openedAtMs: performance.now(),
      isOpen: false,
      received: 0,
      hands: new Set(),
      handling: new Set(),
    };
    opening.link = connection.openLink(concurrency, {
      onOpen: () => {
        opening.isOpen = true;
        inTrouble = false;
        watchdog.rested(performance.now());
        metrics.dependency("broker", true);
        log.info({ concurrency }, "receiver open");
      },
      onLost: () => {
        replaceConnection(opening.connection, "lost");
      },
      onMessage: (message) => take(opening, message),
      onTrouble: (error) => {
        metrics.dependency("broker", false);
        // Once a second while the broker is away; the change is what matters.
        log[inTrouble ? "debug" : "warn"]({ err: error }, "trouble with the queue");
        inTrouble = true;
      },
    });
    return opening;
  }

  /** Asks for no more over this link, and closes it when the last message that it brought is settled. */
  function retire(retired: Source): void {
    if (source === retired) source = undefined;
    const stopped = (retired.link?.stop() ?? Promise.resolve()).catch((error: unknown) => {
      log.debug({ err: error }, "a receiver did not stop in good order");
    });
    stopping.add(stopped);
    void stopped.then(async () => {
      stopping.delete(stopped);
      await Promise.allSettled(retired.handling);
      await retired.link?.close().catch((error: unknown) => {
        log.debug({ err: error }, "a receiver did not close in good order");
      });
    });
  }

  /** Whatever waits for an answer over the old connection hears that there will be none, and asks again over the new one. */
  function replaceConnection(used: QueueConnection, reason: RestartReason): void {
    if (used !== connection || replacing) return;
    replacing = true;
    metrics.restarted(reason);
    metrics.dependency("broker", false);
    log.warn({ reason }, "connecting to the queue anew");
    if (source !== undefined) retire(source);
    void used.close().catch((error: unknown) => {
      log.debug({ err: error }, "a connection to the queue did not close in good order");
    });
    const reconnect = (): void => {
      replacing = false;
      connection = connect();
      connectedAtMs = performance.now();
      update();
    };
    const waitMs = connectedAtMs + RECONNECT_INTERVAL_MS - performance.now();
    if (waitMs <= 0) reconnect();
    else setTimeout(reconnect, waitMs);
  }

  async function take(from: Source, message: ServiceBusReceivedMessage): Promise<void> {
    watchdog.received(performance.now());
    from.received += 1;
    const hand: Hand = {
      place: from.received,
      message,
      waiting: new AbortController(),
      working: new AbortController(),
      isLocked: true,
      stopRenewing: () => undefined,
    };
    hand.stopRenewing = keepLocked({
      lockedUntil: () => message.lockedUntilUtc ?? new Date(0),
      renew: () => overConnection((used) => used.renew(message)),
      onRenewal: (result) => {
        metrics.renewal(result);
      },
      onLost: (error) => {
        loseLock(hand);
        log.warn(
          { err: error, confirmationId: message.messageId },
          "a lock is lost, the message will be delivered again",
        );
      },
    });
    from.hands.add(hand);
    hands.add(hand);
    metrics.inFlight(hands.size);
    // It came while the link was being stopped.
    if (draining) hand.waiting.abort();
    const [oldest] = from.hands;
    if (source === from && oldest !== undefined && from.received - oldest.place >= MAX_SPAN) {
      metrics.restarted("window");
      log.info(
        { confirmationId: oldest.message.messageId },
        "a slow message has used up the receiver's room, taking another receiver",
      );
      retire(from);
      update();
    }

    const started = performance.now();
    const handled = handle(deliveryOf(hand));
    for (const all of [handling, from.handling]) all.add(handled);
    try {
      await handled;
    } finally {
      hand.stopRenewing();
      for (const all of [handling, from.handling]) all.delete(handled);
      from.hands.delete(hand);
      hands.delete(hand);
      metrics.inFlight(hands.size);
      metrics.observe((performance.now() - started) / 1_000);
    }
  }

  function loseLock(hand: Hand): void {
    if (!hand.isLocked) return;
    hand.isLocked = false;
    hand.waiting.abort();
    metrics.lockLost();
  }

  function deliveryOf(hand: Hand): Delivery {
    const { message } = hand;
    const traceparent: unknown = message.applicationProperties?.[TRACEPARENT_PROPERTY];
    return {
      messageId: String(message.messageId ?? ""),
      body: message.body as unknown,
      enqueuedAt: message.enqueuedTimeUtc ?? new Date(),
      traceparent: typeof traceparent === "string" ? traceparent : undefined,
      waitNoLonger: hand.waiting.signal,
      stopWork: hand.working.signal,
      isLocked: () => hand.isLocked,
      complete: () => settle(hand, { kind: "complete" }),
      abandon: () => settle(hand, { kind: "abandon" }),
      deadLetter: (reason, description) => settle(hand, { kind: "dead-letter", reason, description }),
    };
  }

  /** Tries for as long as the lock may stand: without an answer nobody knows whether the broker heard. */
  async function settle(hand: Hand, settlement: Settlement): Promise<void> {
    hand.stopRenewing();
    for (let failures = 1; ; failures += 1) {
      try {
        await overConnection((used) => used.settle(hand.message, settlement));
        return;
      } catch (error) {
        if (isLockLost(error)) loseLock(hand);
        const lockedUntil = hand.message.lockedUntilUtc ?? new Date(0);
        if (!hand.isLocked || hand.working.signal.aborted || lockedUntil.getTime() < Date.now()) throw error;
        log.debug({ err: error, failures }, "settlement not confirmed, another try follows");
      }
      await pause(backoffMs(failures), hand.working.signal);
    }
  }

  /** Runs a request over the connection of now, and gives up a connection that does not answer. */
  async function overConnection<Value>(request: (used: QueueConnection) => Promise<Value>): Promise<Value> {
    const used = connection;
    try {
      return await request(used);
    } catch (error) {
      if (error instanceof UnansweredError) replaceConnection(used, "unanswered");
      throw error;
    }
  }

  async function watch(): Promise<void> {
    const watched = source;
    if (watched === undefined || checking) return;
    if (!watched.isOpen) {
      if (performance.now() - watched.openedAtMs > OPEN_LIMIT_MS) replaceConnection(watched.connection, "unanswered");
      return;
    }
    // Without credit nothing can come.
    if (watched.hands.size >= concurrency || !watchdog.isDue(performance.now())) return;
    checking = true;
    try {
      const waiting = await overConnection((used) => used.peek(hands.size + 1));
      const inHand = new Set([...hands].map(({ message }) => String(message.sequenceNumber)));
      const found = waiting.find((sequenceNumber) => !inHand.has(sequenceNumber));
      const now = performance.now();
      // Something may have come since.
      if (!watchdog.isDue(now) || source !== watched) return;
      if (found === undefined) {
        watchdog.rested(now);
      } else {
        watchdog.gaveUp(now);
        log.warn({ sequenceNumber: found }, "a message waits and does not come");
        replaceConnection(watched.connection, "stalled");
      }
    } catch (error) {
      log.debug({ err: error }, "the queue cannot be looked at");
      watchdog.rested(performance.now());
    } finally {
      checking = false;
    }
  }
  const watching = setInterval(() => void watch(), WATCH_INTERVAL_MS);

  function hurry(): void {
    for (const { working } of hands) working.abort();
  }

  return {
    state: () => {
      if (draining) return "draining";
      if (!wanted) return "paused";
      return source?.isOpen === true ? "receiving" : "connecting";
    },
    receive: (nowWanted) => {
      wanted = nowWanted;
      update();
    },
    drain: async () => {
      draining = true;
      clearInterval(watching);
      for (const { waiting } of hands) waiting.abort();
      update();
      const limit = setTimeout(hurry, drainLimitMs);
      // A link that never opened may take its time to notice that it is not wanted.
      const never = new AbortController().signal;
      await within(Promise.all(stopping), { signal: never, timeoutMs: GOODBYE_LIMIT_MS }).catch(() => undefined);
      while (handling.size > 0) await Promise.allSettled(handling);
      clearTimeout(limit);
      await within(connection.close(), { signal: never, timeoutMs: GOODBYE_LIMIT_MS }).catch((error: unknown) => {
        log.debug({ err: error }, "the connection to the queue did not close in good order");
      });
    },
    hurry,
  };
}
