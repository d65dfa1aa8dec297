import { belowActivation as threshold } from "../../../k6/lib/profiles.ts";
import { backlogOf } from "./queueBacklog.ts";
import { objectives, queueDrains, type ScenarioOf, USUAL } from "./declaration.ts";
import { workerFollowsQueue } from "./expectations.ts";
import { workerActivation } from "./liveFields.ts";

export const belowActivation: ScenarioOf = ({ fewOrders }, namespace) => ({
  ...USUAL,
  name: "below-activation",
  summary: "a few orders below the activation threshold start no worker; when it is restored, they are processed",
  load: backlogOf(fewOrders),
  needs: "bus",
  reaches: [],
  orders: fewOrders,
  queue: queueDrains(fewOrders, fewOrders),
  mustScale: [workerFollowsQueue(1, { seconds: 120, after: "threshold-restored" })],
  mustNotScale: ["api"],
  objectives: objectives({}),
  faultInjections: [
    {
      trigger: { kind: "before the load" },
      action: { kind: "set", field: workerActivation(namespace), to: String(threshold.activationMessages) },
      withinSeconds: 30,
    },
    {
      trigger: { kind: "polls", workload: "worker", polls: 2, seconds: 10 },
      action: { kind: "restore" },
      withinSeconds: 700,
    },
  ],
  expectedSeconds: 75,
});
