/*
 * Puts a backlog of orders straight on the queue, over Service Bus's own HTTPS REST API. It costs the API nothing, so that only
 * the worker's metric rises.
 *
 *   SERVICEBUS_CONNECTION_STRING='Endpoint=sb://…' k6 run loadtest/k6/queue-backlog.ts
 *
 * Where the bus takes no shared keys, by the token of somebody who may send (role Azure Service Bus Data Sender):
 *
 *   SERVICEBUS_ACCESS_TOKEN=$(az account get-access-token --resource https://servicebus.azure.net --query accessToken --output tsv) \
 *     SERVICEBUS_NAMESPACE=name.servicebus.windows.net k6 run loadtest/k6/queue-backlog.ts
 *
 * Environment
 *   SERVICEBUS_CONNECTION_STRING  of a key with the right to Send; or the following two
 *   SERVICEBUS_ACCESS_TOKEN       an access token of Entra, sent as `Authorization: Bearer`; it is good for about an hour
 *   SERVICEBUS_NAMESPACE          host name of the bus, beside a token
 *   SERVICEBUS_QUEUE              default orders
 *   SERVICEBUS_ADDRESS            ip:port to dial where the bus's host name cannot be resolved; TLS is still verified for that name
 *   ORDERS                        how many, default in profiles.ts
 *   COPIES                        messages of each order, default 1; the others have message ids of their own, so that the bus takes them for other messages
 *   SSL_CERT_FILE                 the CA, where it is not one of the system's (read by Go)
 *
 * Each accepted order's confirmation id is logged, one a line: --console-output ids.txt --log-format raw. An order that the bus may
 * have accepted, since no answer came or one of 5xx, is logged as `unconfirmed <confirmation id>`.
 */
import exec from "k6/execution";
import { noFailures } from "./lib/options.ts";
import { orderNumbered } from "./lib/order.ts";
import { positiveInteger, queueBacklog, sizesOf, trendStats } from "./lib/profiles.ts";
import { type BatchMessage, busHosts, requireQueue, sendMessages } from "./lib/queue.ts";

const orders = positiveInteger("ORDERS", __ENV.ORDERS, sizesOf.smoke.backlogOrders);
const copies = positiveInteger("COPIES", __ENV.COPIES, 1);
const { ordersPerRequest, virtualUsers, longestSeconds } = queueBacklog;
const requests = Math.ceil(orders / ordersPerRequest);

export const options = {
  scenarios: {
    "queue-backlog": {
      executor: "shared-iterations",
      vus: Math.min(virtualUsers, requests),
      iterations: requests,
      maxDuration: `${longestSeconds}s`,
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
  const first = exec.scenario.iterationInTest * ordersPerRequest;
  const ids: string[] = [];
  const messages: BatchMessage[] = [];
  for (let order = first; order < Math.min(first + ordersPerRequest, orders); order++) {
    const confirmationId = crypto.randomUUID();
    ids.push(confirmationId);
    const body = { confirmationId, ...orderNumbered(order) };
    messages.push({ messageId: confirmationId, body });
    for (let copy = 1; copy < copies; copy++) messages.push({ messageId: crypto.randomUUID(), body });
  }
  sendMessages(messages, ids);
}
