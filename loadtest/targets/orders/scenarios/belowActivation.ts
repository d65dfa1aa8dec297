import { belowActivation as threshold } from "../../../k6/lib/profiles.ts";
import { backlogOf } from "./queueBacklog.ts";
import { workerFollowsQueue } from "./expectations.ts";
import { type Scenario, USUAL } from "../../../model/scenario.ts";

export const belowActivation: Scenario = {
  ...USUAL,
  name: "below-activation",
  summary: "a few orders below the activation threshold start no worker; when it is restored, they are processed",
  load: ({ fewOrders }) => backlogOf(fewOrders),
  needs: "bus",
  orders: ({ fewOrders }) => fewOrders,
  mustScale: [workerFollowsQueue(1, { seconds: 120, after: "threshold-restored" })],
  mustNotScale: ["api"],
  queue: "drains",
  belowThreshold: ({ fewOrders }) => fewOrders,
  objectives: { failedShare: 0 },
  faultInjections: [
    {
      id: "activation-threshold-raised",
      trigger: { kind: "before the load" },
      action: { kind: "set", field: "activationMessages", to: threshold.activationMessages },
      withinSeconds: 30,
    },
    {
      id: "activation-threshold-restored",
      trigger: { kind: "polls", polls: 2, seconds: 10 },
      action: { kind: "restore" },
      withinSeconds: 700,
    },
  ],
  expectedSeconds: () => 75,
};
