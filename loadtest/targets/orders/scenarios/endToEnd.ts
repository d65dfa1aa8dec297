import { declaredRequests, durationSeconds, formatSteps } from "../../../k6/lib/profiles.ts";
import { loadOf, objectives, queueDrains, type ScenarioOf, USUAL } from "./declaration.ts";
import { apiFollowsCpu, workerFollowsQueue } from "./expectations.ts";

export const endToEnd: ScenarioOf = ({ orderSteps }) => ({
  ...USUAL,
  name: "end-to-end",
  summary:
    "orders by way of the API: it scales on their CPU, the worker on their queue, and every order is accounted for",
  load: loadOf("end-to-end.ts", {
    environment: { ORDER_STEPS: formatSteps(orderSteps) },
    delivered: declaredRequests(orderSteps),
    seconds: durationSeconds(orderSteps),
  }),
  needs: "api",
  reaches: ["api"],
  orders: declaredRequests(orderSteps),
  queue: queueDrains(declaredRequests(orderSteps)),
  mustScale: [workerFollowsQueue(2, { seconds: 180, after: "load-start" }), apiFollowsCpu(2)],
  mustNotScale: [],
  objectives: objectives({ latencyP95Ms: 2000 }),
  orderAgeP95Seconds: 180,
  expectedSeconds: 60 + durationSeconds(orderSteps),
});
