import { check } from "k6";
import { sha256 } from "k6/crypto";
import http from "k6/http";
import { checkAccepted, logAnswer } from "./accepted.ts";
import { confirmationIdOf } from "./idempotency.ts";
import { orderNumbered } from "./order.ts";

/**
 * The URL of the API's orders, by the variable API_URL.
 * @throws where that is not set.
 */
export function ordersUrlFromEnvironment(): string {
  const apiUrl = (__ENV.API_URL ?? "").replace(/\/+$/, "");
  if (apiUrl === "")
    throw new Error("API_URL is not set; it has to be where the API answers, for example http://localhost:8080");
  return `${apiUrl}/api/v1/orders`;
}

interface RequestOptions {
  /** The iteration's number in the test. */
  iteration: number;
  /** After so many a virtual user connects anew: a kept connection stays with one pod, and pods that come later would get nothing. */
  requestsPerConnection: number;
  tags?: Record<string, string>;
}

function connectionHeaders({ iteration, requestsPerConnection }: RequestOptions): Record<string, string> {
  return iteration % requestsPerConnection === 0 ? { Connection: "close" } : {};
}

/** Reads one order, which has to be found. */
export function readOrder(ordersUrl: string, confirmationId: string, options: RequestOptions): void {
  const answer = http.get(`${ordersUrl}/${confirmationId}`, {
    // One name for all, or k6 would keep a set of metrics for each order.
    tags: { name: "GET /api/v1/orders/{confirmationId}", ...options.tags },
    responseCallback: http.expectedStatuses(200),
    timeout: "10s",
    headers: connectionHeaders(options),
  });
  if (!check(answer, { "the order was found (200)": (response) => response.status === 200 })) {
    logAnswer(answer, "read");
  }
}

/** Places an order that no validator accepts. It is logged as `invalid <id>` where it was accepted all the same. */
export function placeInvalidOrder(ordersUrl: string, options: RequestOptions): void {
  const answer = http.post(
    ordersUrl,
    JSON.stringify({ ...orderNumbered(options.iteration), productId: "no-such-product" }),
    {
      headers: { "Content-Type": "application/json", ...connectionHeaders(options) },
      tags: { name: "POST /api/v1/orders, invalid", ...options.tags },
      responseCallback: http.expectedStatuses({ min: 400, max: 499 }),
      timeout: "10s",
    },
  );
  if (answer.status === 202) {
    const confirmationId = answer.json("confirmationId");
    console.log(`invalid ${typeof confirmationId === "string" ? confirmationId : "without-id"}`);
  }
  if (answer.status >= 400 && answer.status < 500) return;
  logAnswer(answer, "invalid");
}

/**
 * Places one order with an Idempotency-Key, from which its confirmation id follows, and logs that id as `checkAccepted` does.
 * @returns undefined where it was not accepted.
 */
export function placeOrder(ordersUrl: string, options: RequestOptions): string | undefined {
  const { iteration } = options;
  const key = crypto.randomUUID();
  const confirmationId = confirmationIdOf(key, (text) => sha256(text, "hex"));
  const answer = http.post(ordersUrl, JSON.stringify(orderNumbered(iteration)), {
    headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...connectionHeaders(options) },
    tags: { name: "POST /api/v1/orders", ...options.tags },
    responseCallback: http.expectedStatuses(202),
    timeout: "10s",
  });
  if (!checkAccepted(answer, { status: 202, target: "API", ids: [confirmationId] })) return undefined;
  check(answer.json("confirmationId"), { "its confirmation id is that of its key": (id) => id === confirmationId });
  return confirmationId;
}
