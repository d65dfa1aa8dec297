/*
 * Puts orders straight on the queue at a steady rate, by Service Bus's HTTPS REST API as queue-backlog.ts does, whose variables for the bus it takes; from a
 * moment on, some of the messages are poison: no try will ever make an order of them.
 *
 *   SERVICEBUS_CONNECTION_STRING='Endpoint=sb://…' SECONDS=60 POISON_EVERY=50 POISON_FROM_SECONDS=40 k6 run loadtest/k6/queue-steady.ts
 *
 * Environment
 *   SECONDS               default 30
 *   ORDERS_PER_SECOND     a multiple of 10, default 20
 *   POISON_EVERY          one in so many; by default none
 *   POISON_FROM_SECONDS   the first so long after the start, default 0
 *
 * It logs ids as queue-backlog.ts does, and those of poison as `poison <message id>`.
 */
import exec from "k6/execution";
import { noFailures } from "./lib/options.ts";
import { orderNumbered } from "./lib/order.ts";
import { positiveInteger, trendStats } from "./lib/profiles.ts";
import { type BatchMessage, busHosts, requireQueue, sendMessages } from "./lib/queue.ts";

const ORDERS_PER_REQUEST = 10;
const seconds = positiveInteger("SECONDS", __ENV.SECONDS, 30);
const requestsPerSecond = Math.ceil(
  positiveInteger("ORDERS_PER_SECOND", __ENV.ORDERS_PER_SECOND, 20) / ORDERS_PER_REQUEST,
);
const poisonEvery = positiveInteger("POISON_EVERY", __ENV.POISON_EVERY, Number.MAX_SAFE_INTEGER);
const poisonFrom = Number(__ENV.POISON_FROM_SECONDS ?? 0) * requestsPerSecond * ORDERS_PER_REQUEST;

export const options = {
  scenarios: {
    "queue-steady": {
      executor: "constant-arrival-rate",
      rate: requestsPerSecond,
      duration: `${seconds}s`,
      preAllocatedVUs: 10,
      maxVUs: 100,
    },
  },
  thresholds: noFailures,
  summaryTrendStats: trendStats,
  ...busHosts,
};

export function setup(): void {
  requireQueue();
}

export default function sendBatch(): void {
  const first = exec.scenario.iterationInTest * ORDERS_PER_REQUEST;
  const ids: string[] = [];
  const poison: string[] = [];
  const messages: BatchMessage[] = [];
  for (let order = first; order < first + ORDERS_PER_REQUEST; order++) {
    const confirmationId = crypto.randomUUID();
    const isPoison = order >= poisonFrom && order % poisonEvery === poisonEvery - 1;
    (isPoison ? poison : ids).push(confirmationId);
    const body = { confirmationId, ...orderNumbered(order), ...(isPoison ? { amount: "many" } : {}) };
    messages.push({ messageId: confirmationId, body });
  }
  if (sendMessages(messages, ids)) for (const id of poison) console.log(`poison ${id}`);
}
