/*
 * Looks orders up at a rising arrival rate. A look-up costs the API CPU and puts nothing on the queue, so only the API's signal moves.
 *
 *   API_URL=http://172.31.77.2 ORDER_IDS_FILE=$PWD/ids.txt k6 run loadtest/k6/api-cpu.ts
 *
 * Environment
 *   API_URL         where the API answers, without a path; required
 *   ORDER_IDS_FILE  confirmation ids of orders that exist, one a line; a relative path starts at this script's folder; required
 *   API_STEPS       arrival rates, <requests per second>x<seconds>[,…]; default in profiles.ts; for a smoke test: 50x5,100x5; a spike: 100x20,1000x40
 */
import { check } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import { parseSteps, sizesOf, stagesOf, trendStats } from "../model/profiles.ts";

const apiUrl = (__ENV.API_URL ?? "").replace(/\/+$/, "");
if (apiUrl === "")
  throw new Error("API_URL is not set; it has to be where the API answers, for example http://localhost:8080");
const idsFile = __ENV.ORDER_IDS_FILE ?? "";
const steps = __ENV.API_STEPS ? parseSteps("API_STEPS", __ENV.API_STEPS) : sizesOf.smoke.lookUpSteps;

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

/** Every so many look-ups a virtual user connects anew: a kept connection stays with one pod, and pods that come later would get nothing. */
const LOOK_UPS_PER_CONNECTION = 200;

export const options = {
  scenarios: {
    "api-cpu": {
      executor: "ramping-arrival-rate",
      startRate: steps[0]?.requestsPerSecond ?? 0,
      timeUnit: "1s",
      stages: stagesOf(steps),
      // As many as look-ups can be under way when each takes half a second and more: to make one when it is needed is too late.
      preAllocatedVUs: 600,
      maxVUs: 1000,
      gracefulStop: "10s",
    },
  },
  thresholds: {
    http_req_failed: [{ threshold: "rate==0" }],
    checks: [{ threshold: "rate==1" }],
  },
  summaryTrendStats: trendStats,
  // k6 shares the machine with the cluster, and bodies are not looked at but in setup().
  discardResponseBodies: true,
};

function orderUrl(id: string): string {
  return `${apiUrl}/api/v1/orders/${id}`;
}

export function setup(): void {
  const first = ids[0];
  if (first === undefined) {
    exec.test.abort(
      `ORDER_IDS_FILE is ${JSON.stringify(idsFile)}, and there are no confirmation ids in it, or it cannot be read`,
    );
    return;
  }
  const answer = http.get(orderUrl(first), {
    responseType: "text",
    responseCallback: http.expectedStatuses({ min: 100, max: 599 }),
    timeout: "10s",
  });
  if (answer.status === 0) exec.test.abort(`nothing answers at ${apiUrl}: ${answer.error}`);
  if (answer.status !== 200 || !answer.body.includes(first)) {
    exec.test.abort(`the look-up of ${first} at ${apiUrl} answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  }
}

export default function lookUp(): void {
  const n = exec.scenario.iterationInTest;
  const id = ids[n % ids.length] ?? "";
  const answer = http.get(orderUrl(id), {
    // One name for all, or k6 would keep a set of metrics for each order.
    tags: { name: "GET /api/v1/orders/{confirmationId}" },
    responseCallback: http.expectedStatuses(200),
    timeout: "10s",
    headers: n % LOOK_UPS_PER_CONNECTION === 0 ? { Connection: "close" } : {},
  });
  check(answer, { "the order was found (200)": (response) => response.status === 200 });
}
