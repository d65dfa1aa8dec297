import { declaredRequests, durationSeconds, formatSteps } from "../../../k6/lib/profiles.ts";
import { apiFollowsCpu, workerFollowsQueue } from "./expectations.ts";
import { type Scenario, USUAL } from "../../../model/scenario.ts";

export const endToEnd: Scenario = {
  ...USUAL,
  name: "end-to-end",
  summary:
    "orders by way of the API: it scales on their CPU, the worker on their queue, and every order is accounted for",
  load: ({ orderSteps }) => ({
    script: "end-to-end.ts",
    runner: "k6",
    environment: { ORDER_STEPS: formatSteps(orderSteps) },
    iterations: declaredRequests(orderSteps),
    seconds: durationSeconds(orderSteps),
  }),
  needs: "api",
  orders: ({ orderSteps }) => declaredRequests(orderSteps),
  mustScale: [workerFollowsQueue(2, { seconds: 180, after: "load-start" }), apiFollowsCpu(2)],
  mustNotScale: [],
  queue: "drains",
  objectives: { failedShare: 0, latencyP95Ms: 2000, orderAgeP95Seconds: 180 },
  expectedSeconds: ({ orderSteps }) => 100 + durationSeconds(orderSteps),
};
