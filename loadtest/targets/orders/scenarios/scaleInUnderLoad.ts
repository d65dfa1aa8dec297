import { backlogOf } from "./queueBacklog.ts";
import { killing, objectives, queueDrains, type ScenarioOf, USUAL } from "./declaration.ts";
import { workerFollowsQueue } from "./expectations.ts";
import { workerMaximum } from "./liveFields.ts";

export const scaleInUnderLoad: ScenarioOf = ({ killedBacklogOrders }, namespace) => ({
  ...USUAL,
  name: "scale-in-under-load",
  summary: "with half the backlog left, all workers but one are scaled in, and that one is killed: no order is lost",
  load: backlogOf(killedBacklogOrders),
  needs: "bus",
  reaches: [],
  orders: killedBacklogOrders,
  queue: queueDrains(killedBacklogOrders),
  mustScale: [workerFollowsQueue(3, { seconds: 180, after: "load-start" })],
  mustNotScale: ["api"],
  objectives: objectives({}),
  faultInjections: [
    {
      trigger: { kind: "ready", workload: "worker", atLeast: 3 },
      action: { kind: "set", field: workerMaximum(namespace), to: 1 },
      withinSeconds: 180,
    },
    {
      trigger: { kind: "desired", workload: "worker", atMost: 1 },
      action: killing({ pods: { workload: "worker" }, how: "sigkill" }),
      withinSeconds: 60,
    },
    {
      trigger: { kind: "ready", workload: "worker", atLeast: 1 },
      action: { kind: "restore" },
      withinSeconds: 90,
    },
  ],
  // What the killed worker held comes back when its locks expire, which is a minute by default.
  expectedSeconds: 130 + killedBacklogOrders / 100,
});
