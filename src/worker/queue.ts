import type { MessageHandlers, PeekMessagesOptions, ServiceBusReceivedMessage } from "@azure/service-bus";
import { createServiceBusClient, type ServiceBusEnvironment } from "../shared/serviceBus.ts";
import { createArrivals } from "./arrivals.ts";
import { UnansweredError, within } from "./within.ts";

/** The broker answers in milliseconds; after this the connection is taken for dead. */
const ANSWER_TIMEOUT_MS = 5_000;

const CLOSED = "the connection is closed";

export type Settlement =
  | { readonly kind: "complete" | "abandon" }
  | { readonly kind: "dead-letter"; readonly reason: string; readonly description: string };

/** A connection to the queue, used until the first sign of trouble; then another takes its place. */
export interface QueueConnection {
  /** Asks for messages, `credit` at a time. */
  openLink(credit: number, handlers: LinkHandlers): Link;
  /**
   * Settles a message, whichever connection it came by: a lock does not belong to a link.
   * @throws {UnansweredError} when nothing is known of the result; the broker's error when it said no.
   */
  settle(message: ServiceBusReceivedMessage, settlement: Settlement): Promise<void>;
  /** Renews the lock, and moves `lockedUntilUtc`. Throws as `settle`. */
  renew(message: ServiceBusReceivedMessage): Promise<void>;
  /**
   * Sequence numbers of the first messages on the queue, `count` at the most. Locked ones are among them, those of other workers too: the
   * broker does not tell. Throws as `settle`.
   */
  peek(count: number): Promise<string[]>;
  /** Whoever waits for an answer gets none any more. Resolves when the broker has confirmed, or cannot. */
  close(): Promise<void>;
}

export interface LinkHandlers {
  /** Messages can arrive from now on. */
  onOpen(): void;
  /** No messages arrive any more, without a call of `stop`. */
  onLost(): void;
  /** The credit comes back when the promise resolves. */
  onMessage(message: ServiceBusReceivedMessage): Promise<void>;
  onError(error: unknown): void;
}

export interface Link {
  /** Asks for no more. Resolves when no more messages can come; those that came can still be settled. */
  stop(): Promise<void>;
  /** A settlement on its way gets no answer any more. */
  close(): Promise<void>;
}

/** Connects on first use. */
export function connectQueue(environment: ServiceBusEnvironment): QueueConnection {
  const queue = environment.SERVICEBUS_QUEUE;
  const client = createServiceBusClient(environment, {
    // The SDK goes on for ever in cycles of these; without retries inside a cycle each failure is reported.
    maxRetries: 0,
    retryDelayInMs: 1_000,
    // Longer than this module waits, so that there is one place that gives up.
    timeoutInMs: 2 * ANSWER_TIMEOUT_MS,
  });
  /**
   * Receives nothing itself. The SDK settles over the link that a message came by where this client has it, and by a request to the queue's
   * management address where not.
   */
  const control = client.createReceiver(queue);
  /** Whoever waits for an answer, and what tells that none will come. */
  const waiting = createArrivals<(why: string) => void>();
  let isClosed = false;
  let front: PeekMessagesOptions = {};

  /** @throws {UnansweredError} in time where there is no answer. */
  async function answered<Value>(request: () => Promise<Value>): Promise<Value> {
    if (isClosed) throw new UnansweredError(CLOSED);
    return within(request(), { waiting, timeoutMs: ANSWER_TIMEOUT_MS });
  }

  return {
    openLink: (credit, handlers) => {
      // Locks are renewed elsewhere: the SDK's own renewal ends with the link.
      const receiver = client.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 });
      const stopping = new AbortController();
      let opened = false;
      // The SDK's own hooks for before a link is made and for when it is open; there is no public way to ask.
      const sdkHandlers: MessageHandlers & { preInitialize(): Promise<void>; postInitialize(): Promise<void> } = {
        preInitialize: () => {
          // The SDK is about to reopen the link. Deliveries of two links would get into each other's way in it, since it knows them by
          // numbers that each link counts from 0; so a link that ended is not used again.
          if (opened && !stopping.signal.aborted) handlers.onLost();
          return Promise.resolve();
        },
        postInitialize: () => {
          opened = true;
          handlers.onOpen();
          return Promise.resolve();
        },
        processMessage: (message) => handlers.onMessage(message),
        processError: ({ error }) => {
          if (!stopping.signal.aborted) handlers.onError(error);
          return Promise.resolve();
        },
      };
      const subscription = receiver.subscribe(sdkHandlers, {
        maxConcurrentCalls: credit,
        autoCompleteMessages: false,
        abortSignal: stopping.signal,
      });
      return {
        stop: async () => {
          stopping.abort();
          await subscription.close();
        },
        close: () => receiver.close(),
      };
    },
    settle: (message, settlement) =>
      answered(() => {
        switch (settlement.kind) {
          case "complete":
            return control.completeMessage(message);
          case "abandon":
            return control.abandonMessage(message);
          case "dead-letter":
            return control.deadLetterMessage(message, {
              deadLetterReason: settlement.reason,
              deadLetterErrorDescription: settlement.description,
            });
        }
      }),
    renew: async (message) => {
      await answered(() => control.renewMessageLock(message));
    },
    peek: async (count) => {
      const messages = await answered(() => control.peekMessages(count, front));
      const [first] = messages;
      // Without a number the SDK goes on behind what it peeked last; with none peeked yet, that is the front of the queue.
      if (first?.sequenceNumber !== undefined) {
        front = { fromSequenceNumber: first.sequenceNumber.subtract(first.sequenceNumber) };
      }
      return messages.filter(({ state }) => state === "active").map(({ sequenceNumber }) => String(sequenceNumber));
    },
    close: async () => {
      isClosed = true;
      for (const giveUp of waiting) giveUp(CLOSED);
      await client.close();
    },
  };
}
