/*
 * Orders at a steady rate by way of the API, and reads of one order beside them, while something else is broken: requests may fail, and each that does is
 * logged. Many are in flight at once where answers take long. Durations are counted by thirds of the load as well.
 *
 *   API_URL=http://ADDRESS SECONDS=30 k6 run --console-output ids.txt --log-format raw loadtest/k6/steady.ts
 *
 * Environment
 *   API_URL               where the API answers, without a path; required
 *   SECONDS               default 30
 *   ORDERS_PER_SECOND     default 20
 *   READS_PER_SECOND      default 0, which is none
 *   INVALID_PER_SECOND    orders that no validator accepts, default 0
 *
 * It logs ids as end-to-end.ts does, and of each request that was answered otherwise than it should a line
 * `answered <status> <sent, in ms since 1970> <duration in ms> <id, read or invalid>`, where 0 is the status of no answer. All reads are of the order that
 * setup() places. Invalid orders should be answered by 4xx; one that was accepted is logged as `invalid <id>` as well.
 */
import exec from "k6/execution";
import { ordersUrlFromEnvironment, placeInvalidOrder, placeOrder, readOrder } from "./lib/api.ts";
import { noFailures } from "./lib/options.ts";
import { positiveInteger, trendStats } from "./lib/profiles.ts";
import { byThirds, third } from "./lib/thirds.ts";

const ordersUrl = ordersUrlFromEnvironment();
const seconds = positiveInteger("SECONDS", __ENV.SECONDS, 30);
const duration = `${seconds}s`;
const orders = positiveInteger("ORDERS_PER_SECOND", __ENV.ORDERS_PER_SECOND, 20);
const reads = rateOf("READS_PER_SECOND");
const invalid = rateOf("INVALID_PER_SECOND");
const requestsPerConnection = 100;
/** An order that is not answered holds its virtual user for as long as k6 waits, which is 10 s. */
const LONGEST_ANSWER_SECONDS = 10;
/** A virtual user that k6 has to make first comes too late on a machine that is short of CPU just then. */
const MOST_READY = 400;

function rateOf(name: string): number {
  return __ENV[name] === "0" ? 0 : positiveInteger(name, __ENV[name], 0);
}

function arriving(exec: string, rate: number): object {
  return {
    ...{ executor: "constant-arrival-rate", exec, rate, duration, gracefulStop: "15s" },
    preAllocatedVUs: 20 + Math.min(MOST_READY, rate * LONGEST_ANSWER_SECONDS),
    maxVUs: 20 + rate * LONGEST_ANSWER_SECONDS,
  };
}

export const options = {
  scenarios: {
    orders: arriving("placeOrders", orders),
    ...(reads === 0 ? {} : { reads: arriving("readOrders", reads) }),
    ...(invalid === 0 ? {} : { invalid: arriving("placeInvalid", invalid) }),
  },
  thresholds: { ...noFailures, ...byThirds },
  summaryTrendStats: trendStats,
};

/** Places the order that all reads are of: the load begins only where the API, its validator and the bus are up. */
export function setup(): { confirmationId: string } {
  if (reads === 0) return { confirmationId: "" };
  const confirmationId = placeOrder(ordersUrl, { iteration: 0, requestsPerConnection });
  if (confirmationId === undefined) exec.test.abort(`${ordersUrl} accepted no order`);
  return { confirmationId: confirmationId ?? "" };
}

export function readOrders({ confirmationId }: { confirmationId: string }): void {
  readOrder(ordersUrl, confirmationId, requestOptions());
}

export function placeOrders(): void {
  // k6 begins one iteration more where the last one falls on the end.
  if (exec.scenario.iterationInTest >= orders * seconds) return;
  placeOrder(ordersUrl, requestOptions());
}

export function placeInvalid(): void {
  placeInvalidOrder(ordersUrl, requestOptions());
}

function requestOptions(): Parameters<typeof placeOrder>[1] {
  return { iteration: exec.scenario.iterationInTest, requestsPerConnection, tags: third(seconds) };
}
