/*
 * A steady load of reads and orders for a long time. Nothing may drift: durations are counted by thirds of the load, so that the last can be
 * compared with the one before.
 *
 *   API_URL=http://ADDRESS SOAK_SECONDS=600 k6 run --console-output ids.txt --log-format raw loadtest/k6/soak.ts
 *
 * Environment
 *   API_URL               where the API answers, without a path; required
 *   SOAK_SECONDS          default in profiles.ts
 *   READS_PER_SECOND      default in profiles.ts
 *   ORDERS_PER_SECOND     default in profiles.ts
 *
 * It logs as end-to-end.ts does. All reads are of the order that setup() places.
 */
import exec from "k6/execution";
import { ordersUrlFromEnvironment, placeOrder, readOrder } from "./lib/api.ts";
import { noFailures } from "./lib/options.ts";
import { positiveInteger, sizesOf, trendStats } from "./lib/profiles.ts";
import { byThirds, third } from "./lib/thirds.ts";

const ordersUrl = ordersUrlFromEnvironment();
const soakSeconds = positiveInteger("SOAK_SECONDS", __ENV.SOAK_SECONDS, sizesOf.soak.soakSeconds);
const reads = positiveInteger("READS_PER_SECOND", __ENV.READS_PER_SECOND, sizesOf.soak.soakReadsPerSecond);
const orders = positiveInteger("ORDERS_PER_SECOND", __ENV.ORDERS_PER_SECOND, sizesOf.soak.soakOrdersPerSecond);
const requestsPerConnection = 100;

export const options = {
  scenarios: {
    reads: {
      executor: "constant-arrival-rate",
      exec: "readOrders",
      rate: reads,
      duration: `${soakSeconds}s`,
      preAllocatedVUs: 30,
      maxVUs: 200,
    },
    orders: {
      executor: "constant-arrival-rate",
      exec: "placeOrders",
      rate: orders,
      duration: `${soakSeconds}s`,
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  thresholds: {
    ...noFailures,
    ...byThirds,
  },
  summaryTrendStats: trendStats,
};

/** Places the order that all reads are of: the load begins only where the API, its validator and the bus are up. */
export function setup(): { confirmationId: string } {
  const confirmationId = placeOrder(ordersUrl, { iteration: 0, requestsPerConnection });
  if (confirmationId === undefined) exec.test.abort(`${ordersUrl} accepted no order`);
  return { confirmationId: confirmationId ?? "" };
}

export function readOrders({ confirmationId }: { confirmationId: string }): void {
  readOrder(ordersUrl, confirmationId, requestOptions());
}

export function placeOrders(): void {
  placeOrder(ordersUrl, requestOptions());
}

function requestOptions(): Parameters<typeof placeOrder>[1] {
  return { iteration: exec.scenario.iterationInTest, requestsPerConnection, tags: third(soakSeconds) };
}
