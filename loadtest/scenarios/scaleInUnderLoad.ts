import { backlogOf } from "./queueBacklog.ts";
import { workerFollowsQueue } from "./movements.ts";
import { type Scenario, USUAL } from "../model/scenario.ts";

export const scaleInUnderLoad: Scenario = {
  ...USUAL,
  name: "scale-in-under-load",
  summary: "in mid-backlog all workers but one are taken away, and that one is killed: no order is lost",
  load: ({ disturbedBacklogOrders }) => backlogOf(disturbedBacklogOrders),
  needs: "bus",
  orders: ({ disturbedBacklogOrders }) => disturbedBacklogOrders,
  mustScale: [workerFollowsQueue(3, { seconds: 180, of: "the load's start" })],
  mustNotScale: ["api"],
  queue: "drains",
  objectives: { failedShare: 0 },
  faultInjections: [
    {
      description: "the worker's maximum is set to 1 in mid-backlog: busy workers have to go",
      trigger: { kind: "ready", workload: "worker", atLeast: 3 },
      action: { kind: "set", field: "workerMaximum", to: 1 },
      withinSeconds: 180,
    },
    {
      description: "the last worker is killed by SIGKILL",
      trigger: { kind: "desired", workload: "worker", atMost: 1 },
      action: { kind: "kill", workload: "worker" },
      withinSeconds: 60,
    },
    {
      description: "the worker's maximum is restored",
      trigger: { kind: "ready", workload: "worker", atLeast: 1 },
      action: { kind: "restore" },
      withinSeconds: 90,
    },
  ],
  // What the killed worker held comes back when its locks expire, which is a minute by default.
  expectedSeconds: ({ disturbedBacklogOrders }) => 130 + disturbedBacklogOrders / 100,
};
