/*
 * Places orders by way of the API. Each costs the API CPU and puts a message on the queue, so both signals move, each for its own reason.
 *
 *   API_URL=http://172.31.77.2 k6 run --console-output ids.txt --log-format raw loadtest/k6/end-to-end.ts
 *
 * Environment
 *   API_URL         where the API answers, without a path; required
 *   ORDER_STEPS     arrival rates, <requests per second>x<seconds>[,…]; default in profiles.ts; for a smoke test: 5x5
 *
 * Each accepted order's confirmation id is logged, one a line. Every order has an Idempotency-Key, from which its confirmation id follows; so an order of
 * which nobody knows whether it was accepted, since no answer came or one of 5xx, is logged as `unconfirmed <confirmation id>`.
 */
import { check } from "k6";
import { sha256 } from "k6/crypto";
import exec from "k6/execution";
import http from "k6/http";
import { confirmationIdOf } from "./lib/idempotency.ts";
import { parseSteps, sizesOf, stagesOf, trendStats } from "../model/profiles.ts";

const apiUrl = (__ENV.API_URL ?? "").replace(/\/+$/, "");
if (apiUrl === "")
  throw new Error("API_URL is not set; it has to be where the API answers, for example http://localhost:8080");
const steps = __ENV.ORDER_STEPS ? parseSteps("ORDER_STEPS", __ENV.ORDER_STEPS) : sizesOf.smoke.orderSteps;
const ordersUrl = `${apiUrl}/api/v1/orders`;

/** Every so many orders a virtual user connects anew: a kept connection stays with one pod, and pods that come later would get nothing. */
const ORDERS_PER_CONNECTION = 100;
const PRODUCTS = ["widget", "gadget", "gizmo"];

export const options = {
  scenarios: {
    "end-to-end": {
      executor: "ramping-arrival-rate",
      startRate: steps[0]?.requestsPerSecond ?? 0,
      timeUnit: "1s",
      stages: stagesOf(steps),
      // As many as orders can be under way when each takes more than a second: to make one when it is needed is too late.
      preAllocatedVUs: 150,
      maxVUs: 300,
      gracefulStop: "10s",
    },
  },
  thresholds: {
    http_req_failed: [{ threshold: "rate==0" }],
    checks: [{ threshold: "rate==1" }],
  },
  summaryTrendStats: trendStats,
};

/** Aborts when nothing answers for the API. What is not an order is refused, and costs no order. */
export function setup(): void {
  const answer = http.post(ordersUrl, "{}", {
    headers: { "Content-Type": "application/json" },
    responseCallback: http.expectedStatuses({ min: 100, max: 599 }),
    timeout: "10s",
  });
  if (answer.status === 0) exec.test.abort(`nothing answers at ${apiUrl}: ${answer.error}`);
  if (answer.status !== 400) exec.test.abort(`${ordersUrl} answered ${answer.status} to what is no order, not 400`);
}

export default function placeOrder(): void {
  const n = exec.scenario.iterationInTest;
  const key = crypto.randomUUID();
  const confirmationId = confirmationIdOf(key, (text) => sha256(text, "hex"));
  const order = {
    customerName: `customer ${n}`,
    productId: PRODUCTS[n % PRODUCTS.length],
    amount: 1 + (n % 5),
  };
  const answer = http.post(ordersUrl, JSON.stringify(order), {
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": key,
      ...(n % ORDERS_PER_CONNECTION === 0 ? { Connection: "close" } : {}),
    },
    tags: { name: "POST /api/v1/orders" },
    responseCallback: http.expectedStatuses(202),
    timeout: "10s",
  });
  if (check(answer, { "the order was accepted (202)": (response) => response.status === 202 })) {
    const given = answer.json("confirmationId");
    check(given, { "its confirmation id is that of its key": (id) => id === confirmationId });
    console.log(given);
  } else {
    // 4xx is a refusal; after anything else the order may be on the queue all the same.
    if (answer.status === 0 || answer.status >= 500) console.log(`unconfirmed ${confirmationId}`);
    console.error(
      `the API answered ${answer.status} ${answer.error} ${typeof answer.body === "string" ? answer.body.slice(0, 200) : ""}`,
    );
  }
}
