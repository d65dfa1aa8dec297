import { hmac } from "k6/crypto";
import exec from "k6/execution";
import http from "k6/http";
import { checkAccepted } from "./accepted.ts";
import { probe } from "./options.ts";
import { authorizationOf, busLogin, httpsOrigin } from "./serviceBus.ts";

const login = busLogin(__ENV);
const queue = __ENV.SERVICEBUS_QUEUE ?? "orders";
const address = __ENV.SERVICEBUS_ADDRESS;
const queueUrl = `${httpsOrigin(login)}/${queue}`;
const authorization = authorizationOf(login, {
  uri: queueUrl,
  expiresAtSeconds: Math.floor(Date.now() / 1000) + 3600,
  hmacSha256: (key, data) => hmac("sha256", key, data, "base64"),
});

/** Of a test's options: where to dial the bus. */
export const busHosts = address ? { hosts: { [`${login.host}:${login.port}`]: address } } : {};

/** Aborts when nothing answers for the bus. Who asks may only send, so any answer will do, and none counts as a failed request. */
export function requireQueue(): void {
  const answer = http.get(`${queueUrl}?api-version=2021-05`, {
    ...probe,
    headers: { Authorization: authorization },
  });
  if (answer.status === 0)
    exec.test.abort(`nothing answers at ${queueUrl}${address ? ` (${address})` : ""}: ${answer.error}`);
  if (answer.status === 404) exec.test.abort(`the bus at ${login.host} has no queue ${queue}`);
}

/** A message of the REST API's batches. */
export interface BatchMessage {
  messageId: string;
  body: object;
}

/** Sends them in one request, and logs the ids as `checkAccepted` does. @returns whether the bus has taken them. */
export function sendMessages(messages: readonly BatchMessage[], ids: readonly string[]): boolean {
  const batch = messages.map(({ messageId, body }) => ({
    Body: JSON.stringify(body),
    BrokerProperties: { MessageId: messageId, ContentType: "application/json" },
  }));
  const answer = http.post(`${queueUrl}/messages`, JSON.stringify(batch), {
    headers: { Authorization: authorization, "Content-Type": "application/vnd.microsoft.servicebus.json" },
    responseCallback: http.expectedStatuses(201),
    timeout: "30s",
  });
  return checkAccepted(answer, { status: 201, target: "bus", ids });
}
