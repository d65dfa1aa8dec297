import { objectives, queueDrains, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { backlogOf } from "../scenarios/queueBacklog.ts";

const COPIES = 2;

export const sentTwice: ScenarioOf = ({ faults: { backlogOrders } }) => {
  const orders = backlogOrders / COPIES;
  const once = backlogOf(orders);
  return {
    ...USUAL,
    name: "sent-twice",
    summary: "every order is on the queue twice, as messages that the bus cannot tell for one: each is committed once",
    load: { ...once, environment: { ...once.environment, COPIES: String(COPIES) } },
    needs: "bus",
    reaches: [],
    orders,
    queue: queueDrains(orders * COPIES),
    mustScale: [],
    mustNotScale: ["api"],
    objectives: objectives({}),
    mustHold: [
      { id: "commits-counted", commits: orders },
      { id: "duplicates-absorbed", atLeast: orders },
    ],
    expectedSeconds: 50 + backlogOrders / 100,
  };
};
