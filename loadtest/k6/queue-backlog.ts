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
 *   SSL_CERT_FILE                 the CA, where it is not one of the system's (read by Go)
 *
 * Each accepted order's confirmation id is logged, one a line: --console-output ids.txt --log-format raw. An order that the bus may
 * have accepted, since no answer came or one of 5xx, is logged as `unconfirmed <confirmation id>`.
 */
import { hmac } from "k6/crypto";
import exec from "k6/execution";
import http from "k6/http";
import { checkAccepted } from "./lib/accepted.ts";
import { noFailures, probe } from "./lib/options.ts";
import { orderNumbered } from "./lib/order.ts";
import { positiveInteger, queueBacklog, sizesOf, trendStats } from "./lib/profiles.ts";
import { authorizationOf, busLogin, httpsOrigin } from "./lib/serviceBus.ts";

const login = busLogin(__ENV);
const queue = __ENV.SERVICEBUS_QUEUE ?? "orders";
const address = __ENV.SERVICEBUS_ADDRESS;
const orders = positiveInteger("ORDERS", __ENV.ORDERS, sizesOf.smoke.backlogOrders);
const { ordersPerRequest, virtualUsers, longestSeconds } = queueBacklog;
const requests = Math.ceil(orders / ordersPerRequest);

const queueUrl = `${httpsOrigin(login)}/${queue}`;
const authorization = authorizationOf(login, {
  uri: queueUrl,
  expiresAtSeconds: Math.floor(Date.now() / 1000) + 3600,
  hmacSha256: (key, data) => hmac("sha256", key, data, "base64"),
});

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
  ...(address ? { hosts: { [`${login.host}:${login.port}`]: address } } : {}),
};

/** Aborts when nothing answers for the bus. Who asks may only send, so any answer will do, and none counts as a failed request. */
export function setup(): void {
  const answer = http.get(`${queueUrl}?api-version=2021-05`, {
    ...probe,
    headers: { Authorization: authorization },
  });
  if (answer.status === 0)
    exec.test.abort(`nothing answers at ${queueUrl}${address ? ` (${address})` : ""}: ${answer.error}`);
  if (answer.status === 404) exec.test.abort(`the bus at ${login.host} has no queue ${queue}`);
}

export default function sendBatch(): void {
  const first = exec.scenario.iterationInTest * ordersPerRequest;
  const ids: string[] = [];
  const messages: object[] = [];
  for (let order = first; order < Math.min(first + ordersPerRequest, orders); order++) {
    const confirmationId = crypto.randomUUID();
    ids.push(confirmationId);
    messages.push({
      Body: JSON.stringify({ confirmationId, ...orderNumbered(order) }),
      BrokerProperties: { MessageId: confirmationId, ContentType: "application/json" },
    });
  }
  const answer = http.post(`${queueUrl}/messages`, JSON.stringify(messages), {
    headers: { Authorization: authorization, "Content-Type": "application/vnd.microsoft.servicebus.json" },
    responseCallback: http.expectedStatuses(201),
    timeout: "30s",
  });
  checkAccepted(answer, { status: 201, target: "bus", ids });
}
