import { queueBacklog as pace, type Sizes } from "../../../k6/lib/profiles.ts";
import { workerFollowsQueue } from "./expectations.ts";
import { type Load, type Scenario, USUAL } from "../../../model/scenario.ts";

/** So many orders straight on the queue, by Service Bus's own REST interface: the API has no part in it. */
export function backlogOf(orders: number): Load {
  return {
    script: "queue-backlog.ts",
    runner: "k6",
    environment: { ORDERS: String(orders) },
    iterations: Math.ceil(orders / pace.ordersPerRequest),
    seconds: pace.longestSeconds,
  };
}

export const queueBacklog: Scenario = {
  ...USUAL,
  name: "queue-backlog",
  summary: "a backlog straight on the queue: the worker goes from idle to at least 4 and back, the API does not scale",
  load: ({ backlogOrders }) => backlogOf(backlogOrders),
  needs: "bus",
  orders: ({ backlogOrders }) => backlogOrders,
  mustScale: [workerFollowsQueue(4, { seconds: 180, after: "load-start" })],
  mustNotScale: ["api"],
  queue: "drains",
  objectives: { failedShare: 0 },
  expectedSeconds: ({ backlogOrders }: Sizes) => 50 + backlogOrders / 100,
};
