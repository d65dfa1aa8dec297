import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { apiMinimum } from "./liveFields.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

/** The second pod of the API comes within the first half. */
const PACE = { ordersPerSecond: 25, seconds: 100 };
/** In which what is evicted finds no node. */
const CORDONED_SECONDS = 20;

/** On one node what is evicted waits for the end of the cordon: the budget is what keeps a pod that serves. */
export const nodeDrained: ScenarioOf = (_sizes, namespace) => ({
  ...USUAL,
  name: "node-drained",
  summary:
    "the node is cordoned, the API's and the worker's pods are evicted, and it is uncordoned: their budgets are respected, no request fails",
  ...ordersPlaced(PACE),
  objectives: objectives({}),
  faultInjections: [
    {
      trigger: { kind: "before the load" },
      action: { kind: "set", field: apiMinimum(namespace), to: 2 },
      withinSeconds: 60,
    },
    {
      trigger: { kind: "ready", workload: "api", atLeast: 2 },
      action: { kind: "cordon", pods: { workload: "api" } },
      withinSeconds: 70,
    },
    {
      trigger: { kind: "ready", workload: "worker", atLeast: 1 },
      action: killing({ pods: { workload: "worker" }, which: "all", how: "evict" }),
      withinSeconds: 30,
    },
    {
      trigger: { kind: "ready", workload: "api", atLeast: 2 },
      action: killing({ pods: { workload: "api" }, which: "all", how: "evict" }),
      withinSeconds: 30,
    },
    {
      trigger: { kind: "after the fault before", seconds: CORDONED_SECONDS },
      action: { kind: "restore", only: "last" },
      withinSeconds: CORDONED_SECONDS + 20,
    },
  ],
  mustHold: [{ id: "evicted-within-budget", workload: "api", available: 1 }],
  expectedSeconds: 60 + PACE.seconds,
});
