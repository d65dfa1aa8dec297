import type { MessageHandlers, ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import { createServiceBusClient, type ServiceBusEnvironment } from "../shared/serviceBus.ts";
import type { Delivery } from "./processing.ts";

/** Locks are renewed for this long at most. */
const MAX_LOCK_RENEWAL_MS = 5 * 60_000;

/** The worker's end of the queue. */
export interface QueueSubscription {
  /** Whether messages can arrive. */
  isOpen(): boolean;
  /** Stops receiving, waits for the handlers, then closes: a message cannot be settled over a receiver that is closed. */
  close(): Promise<void>;
}

/**
 * Hands each message to `handle` under peek-lock, at most `concurrency` at once, and reconnects by itself.
 * @param onInFlight hears how many messages are held, at every change.
 */
export function subscribeQueue(
  environment: ServiceBusEnvironment,
  options: {
    readonly concurrency: number;
    readonly handle: (delivery: Delivery) => Promise<void>;
    readonly onInFlight: (count: number) => void;
    readonly log: Logger;
  },
): QueueSubscription {
  const { concurrency, handle, onInFlight, log } = options;
  const client = createServiceBusClient(environment, {
    // The SDK goes on for ever in cycles of these; without retries inside a cycle each failure is reported.
    maxRetries: 0,
    retryDelayInMs: 1_000,
    timeoutInMs: 10_000,
  });
  const receiver = client.createReceiver(environment.SERVICEBUS_QUEUE, {
    maxAutoLockRenewalDurationInMs: MAX_LOCK_RENEWAL_MS,
  });
  const handling = new Set<Promise<void>>();
  const stopping = new AbortController();
  let open = false;

  function deliveryOf(message: ServiceBusReceivedMessage): Delivery {
    return {
      messageId: String(message.messageId),
      body: message.body as unknown,
      enqueuedAt: message.enqueuedTimeUtc ?? new Date(),
      lockedUntil: () => message.lockedUntilUtc ?? new Date(0),
      complete: async () => {
        await receiver.completeMessage(message);
      },
      abandon: async () => {
        await receiver.abandonMessage(message);
      },
      deadLetter: async (deadLetterReason, deadLetterErrorDescription) => {
        await receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription });
      },
    };
  }

  // `postInitialize` is the SDK's own hook for when the link stands; it has no public way to ask.
  const handlers: MessageHandlers & { postInitialize(): Promise<void> } = {
    postInitialize: () => {
      open = true;
      log.info({ queue: environment.SERVICEBUS_QUEUE, concurrency }, "receiver open");
      return Promise.resolve();
    },
    processMessage: async (message) => {
      const handled = handle(deliveryOf(message));
      handling.add(handled);
      onInFlight(handling.size);
      try {
        await handled;
      } finally {
        handling.delete(handled);
        onInFlight(handling.size);
      }
    },
    processError: ({ error, errorSource }) => {
      if (errorSource === "receive") open = false;
      if (!stopping.signal.aborted) log.warn({ err: error, errorSource }, "trouble with the queue");
      return Promise.resolve();
    },
  };
  const subscription = receiver.subscribe(handlers, {
    maxConcurrentCalls: concurrency,
    autoCompleteMessages: false,
    abortSignal: stopping.signal,
  });

  return {
    isOpen: () => open,
    close: async () => {
      open = false;
      stopping.abort();
      await subscription.close();
      await Promise.allSettled(handling);
      await receiver.close();
      await client.close();
    },
  };
}
