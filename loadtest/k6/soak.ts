/*
 * A steady load of look-ups and orders for a long time. Nothing may drift: durations are counted by thirds of the load, so that the last can be held
 * against the one before.
 *
 *   API_URL=http://172.31.77.2 SOAK_SECONDS=600 k6 run --console-output ids.txt --log-format raw loadtest/k6/soak.ts
 *
 * Environment
 *   API_URL               where the API answers, without a path; required
 *   SOAK_SECONDS          default in profiles.ts
 *   LOOK_UPS_PER_SECOND   default in profiles.ts
 *   ORDERS_PER_SECOND     default in profiles.ts
 *
 * It logs as end-to-end.ts does. Look-ups are of orders that this virtual user has placed before, or of one that setup() places.
 */
import { check } from "k6";
import { sha256 } from "k6/crypto";
import exec from "k6/execution";
import http from "k6/http";
import { confirmationIdOf } from "./lib/idempotency.ts";
import { positiveInteger, sizesOf, trendStats } from "../model/profiles.ts";

const apiUrl = (__ENV.API_URL ?? "").replace(/\/+$/, "");
if (apiUrl === "")
  throw new Error("API_URL is not set; it has to be where the API answers, for example http://localhost:8080");
const soakSeconds = positiveInteger("SOAK_SECONDS", __ENV.SOAK_SECONDS, sizesOf.soak.soakSeconds);
const lookUps = positiveInteger("LOOK_UPS_PER_SECOND", __ENV.LOOK_UPS_PER_SECOND, sizesOf.soak.soakLookUpsPerSecond);
const orders = positiveInteger("ORDERS_PER_SECOND", __ENV.ORDERS_PER_SECOND, sizesOf.soak.soakOrdersPerSecond);
const ordersUrl = `${apiUrl}/api/v1/orders`;
const REQUESTS_PER_CONNECTION = 100;

export const options = {
  scenarios: {
    "look-ups": {
      executor: "constant-arrival-rate",
      exec: "lookUp",
      rate: lookUps,
      duration: `${soakSeconds}s`,
      preAllocatedVUs: 30,
      maxVUs: 200,
    },
    orders: {
      executor: "constant-arrival-rate",
      exec: "placeOrder",
      rate: orders,
      duration: `${soakSeconds}s`,
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  thresholds: {
    http_req_failed: [{ threshold: "rate==0" }],
    checks: [{ threshold: "rate==1" }],
    // A threshold is what makes k6 keep a metric by tag; these always hold.
    "http_req_duration{third:1}": [{ threshold: "max>=0" }],
    "http_req_duration{third:2}": [{ threshold: "max>=0" }],
    "http_req_duration{third:3}": [{ threshold: "max>=0" }],
  },
  summaryTrendStats: trendStats,
};

/** Places the order that look-ups ask for; so it takes the API, its validator and the bus to begin at all. */
export function setup(): { confirmationId: string } {
  const { confirmationId, status, error } = place(0, {});
  if (status !== 202) exec.test.abort(`an order at ${apiUrl} was answered with ${status} ${error}`);
  return { confirmationId };
}

export function lookUp({ confirmationId }: { confirmationId: string }): void {
  const n = exec.scenario.iterationInTest;
  const answer = http.get(`${ordersUrl}/${confirmationId}`, {
    tags: { name: "GET /api/v1/orders/{confirmationId}", third: third() },
    responseCallback: http.expectedStatuses(200),
    timeout: "10s",
    headers: n % REQUESTS_PER_CONNECTION === 0 ? { Connection: "close" } : {},
  });
  check(answer, { "the order was found (200)": (response) => response.status === 200 });
}

export function placeOrder(): void {
  const { status, error } = place(exec.scenario.iterationInTest, { third: third() });
  check(status, { "the order was accepted (202)": (code) => code === 202 });
  if (status !== 202) console.error(`the API answered ${status} ${error}`);
}

function place(n: number, tags: Record<string, string>): { confirmationId: string; status: number; error: string } {
  const key = crypto.randomUUID();
  const confirmationId = confirmationIdOf(key, (text) => sha256(text, "hex"));
  const { status, error } = http.post(
    ordersUrl,
    JSON.stringify({ customerName: `customer ${n}`, productId: "widget", amount: 1 + (n % 5) }),
    {
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        ...(n % REQUESTS_PER_CONNECTION === 0 ? { Connection: "close" } : {}),
      },
      tags: { name: "POST /api/v1/orders", ...tags },
      responseCallback: http.expectedStatuses(202),
      timeout: "10s",
    },
  );
  if (status === 202) console.log(confirmationId);
  else if (status === 0 || status >= 500) console.log(`unconfirmed ${confirmationId}`);
  return { confirmationId, status, error };
}

function third(): string {
  const share = (Date.now() - exec.scenario.startTime) / (soakSeconds * 1000);
  return String(Math.min(3, 1 + Math.floor(share * 3)));
}
