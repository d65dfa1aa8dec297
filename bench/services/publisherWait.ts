import { randomUUID } from "node:crypto";
import type { ServiceBusMessage } from "@azure/service-bus";
import { pino } from "pino";
import { connectPublisher, type BusClient } from "../../src/api/publisher.ts";
import { QUEUE } from "../jobs.ts";
import { onceOnlyClient } from "../support/clients.ts";
import { orderOf } from "./loadJob.ts";
import { percentile } from "./percentile.ts";

/**
 * How long the API's publisher lets an order wait for others, until its batch goes to the broker:
 * `node bench/services/publisherWait.ts AMQP_PORT ORDERS_AT_ONCE MEASURE_MS`. Each of the orders at once is followed by another as soon as the
 * broker has it. Prints the median in milliseconds.
 */
const [amqpPort = 0, ordersAtOnce = 0, measureMs = 0] = process.argv.slice(2).map(Number);
const WARM_UP_PART = 0.3;

const publishedMs = new Map<string, number>();
const waitedMs: number[] = [];
const beginMs = performance.now();
const warmMs = beginMs + WARM_UP_PART * measureMs;

/** The SDK's client, watched where a message is put into a batch, which is sent at once then. */
function watchedClient(): BusClient {
  const client = onceOnlyClient(amqpPort);
  return {
    close: () => client.close(),
    createSender: (queue) => {
      const sender = client.createSender(queue);
      return {
        close: () => sender.close(),
        sendMessages: (batch) => sender.sendMessages(batch),
        createMessageBatch: async () => {
          const batch = await sender.createMessageBatch();
          const tryAdd = batch.tryAddMessage.bind(batch);
          batch.tryAddMessage = (message) => {
            noteWait(message);
            return tryAdd(message);
          };
          return batch;
        },
      };
    },
  };
}

function noteWait({ messageId }: ServiceBusMessage): void {
  const now = performance.now();
  if (now > warmMs) waitedMs.push(now - (publishedMs.get(String(messageId)) ?? NaN));
}

const publisher = connectPublisher(watchedClient, {
  queue: QUEUE,
  metrics: { published: () => undefined, dependency: () => undefined },
  log: pino({ level: "silent" }),
});
await Promise.all(
  Array.from({ length: ordersAtOnce }, async (_, index) => {
    while (performance.now() < beginMs + measureMs) {
      const confirmationId = randomUUID();
      publishedMs.set(confirmationId, performance.now());
      await publisher.publish({ confirmationId, ...orderOf(index) }, "");
      publishedMs.delete(confirmationId);
    }
  }),
);
await publisher.close();
process.stdout.write(`${JSON.stringify(percentile(waitedMs, 0.5))}\n`, () => {
  // The SDK leaves timers behind that have nothing to do with the result.
  process.exit(0);
});
