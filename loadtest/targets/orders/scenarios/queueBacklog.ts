import { queueBacklog as pace } from "../../../k6/lib/profiles.ts";
import type { Load } from "../../../model/scenario.ts";
import { loadOf, objectives, queueDrains, type ScenarioOf, USUAL } from "./declaration.ts";
import { workerFollowsQueue } from "./expectations.ts";

/** So many orders straight on the queue, by Service Bus's own REST interface: the API has no part in it. */
export function backlogOf(orders: number): Load {
  return loadOf("queue-backlog.ts", {
    environment: { ORDERS: String(orders) },
    delivered: Math.ceil(orders / pace.ordersPerRequest),
    seconds: pace.longestSeconds,
  });
}

export const queueBacklog: ScenarioOf = ({ backlogOrders }) => ({
  ...USUAL,
  name: "queue-backlog",
  summary: "a backlog straight on the queue: the worker goes from idle to at least 4 and back, the API does not scale",
  load: backlogOf(backlogOrders),
  needs: "bus",
  reaches: [],
  orders: backlogOrders,
  queue: queueDrains(backlogOrders),
  mustScale: [workerFollowsQueue(4, { seconds: 180, after: "load-start" })],
  mustNotScale: ["api"],
  objectives: objectives({}),
  expectedSeconds: 30 + backlogOrders / 100,
});
