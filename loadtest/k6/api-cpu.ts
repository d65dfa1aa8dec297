/*
 * Reads orders at a rising arrival rate. A read costs the API CPU and puts nothing on the queue, so that only the API's metric rises.
 *
 *   API_URL=http://ADDRESS ORDER_IDS_FILE=$PWD/ids.txt k6 run loadtest/k6/api-cpu.ts
 *
 * Environment
 *   API_URL         where the API answers, without a path; required
 *   ORDER_IDS_FILE  confirmation ids of orders that exist, one a line; a relative path starts at this script's folder; required
 *   API_STEPS       arrival rates, <requests per second>x<seconds>[,…]; default in profiles.ts; for a smoke test: 50x5,100x5; a spike: 100x20,1000x40
 */
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import { ordersUrlFromEnvironment, readOrder } from "./lib/api.ts";
import { noFailures, probe } from "./lib/options.ts";
import { parseSteps, sizesOf, stagesOf, trendStats } from "./lib/profiles.ts";

const ordersUrl = ordersUrlFromEnvironment();
const idsFile = __ENV.ORDER_IDS_FILE ?? "";
const steps = __ENV.API_STEPS ? parseSteps("API_STEPS", __ENV.API_STEPS) : sizesOf.smoke.readSteps;

/** A file may only be opened here, and a throw here is shown with a stack: setup() says what is wrong. */
const ids = new SharedArray("ids of orders", () => {
  try {
    return open(idsFile)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /^[0-9a-f-]{36}$/i.test(line));
  } catch {
    return [];
  }
});

export const options = {
  scenarios: {
    "api-cpu": {
      executor: "ramping-arrival-rate",
      startRate: steps[0]?.requestsPerSecond ?? 0,
      timeUnit: "1s",
      stages: stagesOf(steps),
      // As many as reads can be in flight when each takes half a second and more: to make a VU when it is needed is too late.
      preAllocatedVUs: 600,
      maxVUs: 1000,
      gracefulStop: "10s",
    },
  },
  thresholds: noFailures,
  summaryTrendStats: trendStats,
  // k6 shares the machine with the cluster, and bodies are read in setup() only.
  discardResponseBodies: true,
};

export function setup(): void {
  const first = ids[0];
  if (first === undefined) {
    exec.test.abort(
      `ORDER_IDS_FILE is ${JSON.stringify(idsFile)}, and there are no confirmation ids in it, or it cannot be read`,
    );
    return;
  }
  const answer = http.get(`${ordersUrl}/${first}`, { ...probe, responseType: "text" });
  if (answer.status === 0) exec.test.abort(`nothing answers at ${ordersUrl}: ${answer.error}`);
  if (answer.status !== 200 || !answer.body.includes(first)) {
    exec.test.abort(`GET ${ordersUrl}/${first} answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  }
}

export default function readOrders(): void {
  const iteration = exec.scenario.iterationInTest;
  readOrder(ordersUrl, ids[iteration % ids.length] ?? "", { iteration, requestsPerConnection: 200 });
}
