import { belowActivation as threshold } from "../profiles.ts";
import { backlogOf } from "./queueBacklog.ts";
import { workerFollowsQueue } from "./movements.ts";
import { type Scenario, USUAL } from "./scenario.ts";

export const belowActivation: Scenario = {
  ...USUAL,
  name: "below-activation",
  summary: "a few orders below the activation threshold start no worker; when it is restored, they are processed",
  load: ({ fewOrders }) => backlogOf(fewOrders),
  needs: "bus",
  orders: ({ fewOrders }) => fewOrders,
  moves: [workerFollowsQueue(1, { seconds: 120, of: "the restored threshold" })],
  stays: ["api"],
  queue: "drains",
  belowThreshold: ({ fewOrders }) => fewOrders,
  objectives: { failedShare: 0 },
  disturbances: [
    {
      says: `the worker's activation threshold is set to ${threshold.activationMessages}`,
      when: { kind: "before the load" },
      does: { kind: "set", field: "activationMessages", to: threshold.activationMessages },
      withinSeconds: 30,
    },
    {
      says: "the worker's activation threshold is restored",
      when: { kind: "polls", polls: 2, seconds: 10 },
      does: { kind: "restore" },
      withinSeconds: 700,
    },
  ],
  expectedSeconds: () => 75,
};
