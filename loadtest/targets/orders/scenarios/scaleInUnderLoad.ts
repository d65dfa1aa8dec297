import { backlogOf } from "./queueBacklog.ts";
import { workerFollowsQueue } from "./expectations.ts";
import { type Scenario, USUAL } from "../../../model/scenario.ts";

export const scaleInUnderLoad: Scenario = {
  ...USUAL,
  name: "scale-in-under-load",
  summary: "with half the backlog left, all workers but one are scaled in, and that one is killed: no order is lost",
  load: ({ killedBacklogOrders }) => backlogOf(killedBacklogOrders),
  needs: "bus",
  orders: ({ killedBacklogOrders }) => killedBacklogOrders,
  mustScale: [workerFollowsQueue(3, { seconds: 180, after: "load-start" })],
  mustNotScale: ["api"],
  queue: "drains",
  objectives: { failedShare: 0 },
  faultInjections: [
    {
      id: "max-replicas-lowered",
      trigger: { kind: "ready", workload: "worker", atLeast: 3 },
      action: { kind: "set", field: "workerMaximum", to: 1 },
      withinSeconds: 180,
    },
    {
      id: "worker-killed",
      trigger: { kind: "desired", workload: "worker", atMost: 1 },
      action: { kind: "kill", workload: "worker" },
      withinSeconds: 60,
    },
    {
      id: "max-replicas-restored",
      trigger: { kind: "ready", workload: "worker", atLeast: 1 },
      action: { kind: "restore" },
      withinSeconds: 90,
    },
  ],
  // What the killed worker held comes back when its locks expire, which is a minute by default.
  expectedSeconds: ({ killedBacklogOrders }) => 130 + killedBacklogOrders / 100,
};
