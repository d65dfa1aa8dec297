import type { ServiceBusClient, ServiceBusMessage, ServiceBusMessageBatch, ServiceBusSender } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import type { OrderMessage } from "../shared/order.ts";
import { TRACEPARENT_PROPERTY } from "../shared/tracing.ts";
import { createBatcher } from "./batcher.ts";
import type { ApiMetrics } from "./metrics.ts";

/** An order that the broker has not taken by then is rejected; a client is told within about 2 s. */
export const SEND_TIMEOUT_MS = 1_800;

/** How long an order waits at most for others to go with it while a batch is under way. */
const MAX_WAIT_MS = 5;

/** Of a steady stream, orders of so long a time share a batch: most of what sending costs, it costs once a batch. */
const MIN_INTERVAL_MS = 5;

/** Far more than a turn brings; what does not fit into one of the broker's batches starts another. */
const MAX_BATCH = 500;

/** A connection that hangs would delay the exit of the process by a minute. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The broker did not take the message, or did not say so in time. */
export class BrokerUnavailableError extends Error {
  override readonly name = "BrokerUnavailableError";
}

/** The order alone is more than the broker takes in one message. */
export class TooLargeToQueueError extends Error {
  override readonly name = "TooLargeToQueueError";
}

/** Puts orders on the queue. */
export interface Publisher {
  /**
   * Resolves when the broker has stored the order. Orders that come within a few milliseconds share a batch.
   * @param traceparent goes with the message.
   * @throws {BrokerUnavailableError} within 2 s when it has not, or not said so: the order may still turn up.
   * @throws {TooLargeToQueueError} for an order that fits into no batch; the others are sent without it.
   */
  publish(order: OrderMessage, traceparent: string): Promise<void>;
  close(): Promise<void>;
}

/** What the publisher needs of a Service Bus client. */
export type BusClient = Pick<ServiceBusClient, "close"> & {
  createSender(queue: string): Pick<ServiceBusSender, "createMessageBatch" | "sendMessages" | "close">;
};

interface Connection {
  readonly client: BusClient;
  readonly sender: ReturnType<BusClient["createSender"]>;
}

/** An order on its way, and whoever waits for it. */
interface Outgoing {
  readonly message: ServiceBusMessage;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param createClient a client without retries, whose operations time out after {@link SEND_TIMEOUT_MS}: a client of the API knows
 *   better than the SDK whether it still waits for its order.
 */
export function connectPublisher(
  createClient: () => BusClient,
  options: {
    readonly queue: string;
    readonly metrics: Pick<ApiMetrics, "published" | "dependency">;
    readonly log: Logger;
  },
): Publisher {
  const { queue, metrics, log } = options;
  let connection = connect();
  const send = createBatcher<Outgoing>((outgoing) => sendInBatches(connection, outgoing), {
    maxItems: MAX_BATCH,
    maxWaitMs: MAX_WAIT_MS,
    minIntervalMs: MIN_INTERVAL_MS,
  });

  function connect(): Connection {
    const client = createClient();
    return { client, sender: client.createSender(queue) };
  }

  /** Fills batches in order. Each is sent for itself, so one that fails takes none of the others with it. */
  async function sendInBatches(used: Connection, outgoing: readonly Outgoing[]): Promise<void> {
    // One for all: whatever opening the link has taken is not left for the send.
    const deadline = deadlineIn(SEND_TIMEOUT_MS);
    const sends: Promise<void>[] = [];
    let left = outgoing;
    try {
      while (left.length > 0) {
        // Opens the link where it is not open, and the SDK sets that no limit. What comes after the deadline is not sent.
        const batch = await deadline.before(used.sender.createMessageBatch());
        const fitting = left.findIndex(({ message }) => !batch.tryAddMessage(message));
        const taken = fitting === -1 ? left.length : fitting;
        if (taken > 0) sends.push(sendBatch(used, deadline, batch, left.slice(0, taken)));
        else left[0]?.reject(new TooLargeToQueueError(`the broker takes at most ${batch.maxSizeInBytes} bytes`));
        left = left.slice(Math.max(taken, 1));
      }
    } catch (error) {
      fail(used, left, error, deadline.passed());
    }
    await Promise.all(sends);
    deadline.clear();
  }

  /** Never rejects: each order of the batch is told. */
  async function sendBatch(
    used: Connection,
    deadline: Deadline,
    batch: ServiceBusMessageBatch,
    orders: readonly Outgoing[],
  ): Promise<void> {
    const started = performance.now();
    try {
      await deadline.before(used.sender.sendMessages(batch));
      metrics.dependency("broker", true);
      for (const { resolve } of orders) resolve();
    } catch (error) {
      fail(used, orders, error, deadline.passed());
    }
    metrics.published(orders.length, (performance.now() - started) / 1_000);
  }

  function fail(used: Connection, orders: readonly Outgoing[], cause: unknown, silent: boolean): void {
    metrics.dependency("broker", false);
    for (const { reject } of orders) reject(new BrokerUnavailableError("the broker did not take the order", { cause }));
    if (silent) replace(used);
  }

  /**
   * A connection that hangs is not given up by the SDK for 60 s, and every send queues behind it; so the first send that
   * got no answer replaces it. Sends that are still under way on the old one get their time before it is closed.
   * An error that came sooner was noticed by the SDK, which then reconnects by itself.
   */
  function replace(failed: Connection): void {
    if (connection !== failed) return;
    connection = connect();
    setTimeout(() => void close(failed), SEND_TIMEOUT_MS).unref();
  }

  async function close({ client, sender }: Connection): Promise<void> {
    try {
      await sender.close();
      await client.close();
    } catch (error) {
      log.debug({ err: error }, "a connection to the broker did not close cleanly");
    }
  }

  return {
    publish: (order, traceparent) =>
      new Promise((resolve, reject) => {
        const message = {
          messageId: order.confirmationId,
          contentType: "application/json",
          applicationProperties: { [TRACEPARENT_PROPERTY]: traceparent },
          body: order,
        };
        send({ message, resolve, reject });
      }),
    close: async () => {
      const deadline = deadlineIn(CLOSE_TIMEOUT_MS);
      await deadline.before(close(connection)).catch(() => {
        log.warn("closing the connection to the broker timed out");
      });
      deadline.clear();
    },
  };
}

/** A moment by which things have to be done; `clear` it, or its timer stays. */
interface Deadline {
  /** @throws when the deadline passes first. */
  before<Result>(operation: Promise<Result>): Promise<Result>;
  /** Whether the time is over, or so nearly that whatever failed has timed out: timers may be a little early. */
  passed(): boolean;
  clear(): void;
}

function deadlineIn(limitMs: number): Deadline {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
  });
  over.catch(() => undefined);
  return {
    before: (operation) => Promise.race([operation, over]),
    passed: () => performance.now() - started > 0.95 * limitMs,
    clear: () => {
      clearTimeout(timer);
    },
  };
}
