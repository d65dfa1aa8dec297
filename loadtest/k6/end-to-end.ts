/*
 * Places orders through the API. Each costs the API CPU and puts a message on the queue, so that both metrics rise, each for its own reason.
 *
 *   API_URL=http://ADDRESS k6 run --console-output ids.txt --log-format raw loadtest/k6/end-to-end.ts
 *
 * Environment
 *   API_URL         where the API answers, without a path; required
 *   ORDER_STEPS     arrival rates, <requests per second>x<seconds>[,…]; default in profiles.ts; for a smoke test: 5x5
 *
 * Each accepted order's confirmation id is logged, one a line. Every order has an Idempotency-Key, from which its confirmation id follows; so an order that
 * may have been accepted, since no answer came or one of 5xx, is logged as `unconfirmed <confirmation id>`.
 */
import exec from "k6/execution";
import http from "k6/http";
import { ordersUrlFromEnvironment, placeOrder } from "./lib/api.ts";
import { noFailures, probe } from "./lib/options.ts";
import { parseSteps, sizesOf, stagesOf, trendStats } from "./lib/profiles.ts";

const ordersUrl = ordersUrlFromEnvironment();
const steps = __ENV.ORDER_STEPS ? parseSteps("ORDER_STEPS", __ENV.ORDER_STEPS) : sizesOf.smoke.orderSteps;

export const options = {
  scenarios: {
    "end-to-end": {
      executor: "ramping-arrival-rate",
      startRate: steps[0]?.requestsPerSecond ?? 0,
      timeUnit: "1s",
      stages: stagesOf(steps),
      // As many as orders can be in flight when each takes more than a second: to make a VU when it is needed is too late.
      preAllocatedVUs: 150,
      maxVUs: 300,
      gracefulStop: "10s",
    },
  },
  thresholds: noFailures,
  summaryTrendStats: trendStats,
};

/** Aborts when nothing answers for the API. What is no order is rejected, and costs no order. */
export function setup(): void {
  const answer = http.post(ordersUrl, "{}", { ...probe, headers: { "Content-Type": "application/json" } });
  if (answer.status === 0) exec.test.abort(`nothing answers at ${ordersUrl}: ${answer.error}`);
  if (answer.status !== 400) exec.test.abort(`${ordersUrl} answered ${answer.status} to what is no order, not 400`);
}

export default function placeOrders(): void {
  placeOrder(ordersUrl, { iteration: exec.scenario.iterationInTest, requestsPerConnection: 100 });
}
