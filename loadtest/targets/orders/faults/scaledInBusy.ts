import { type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { workerMaximum } from "../scenarios/liveFields.ts";
import { backlogDrained } from "./backlogDrained.ts";

export const scaledInBusy: ScenarioOf = ({ faults: { backlogOrders } }, namespace) => ({
  ...USUAL,
  name: "scaled-in-busy",
  summary: "workers are scaled in while they are busy: each finishes what it has and ends by itself, no lock is lost",
  ...backlogDrained(backlogOrders),
  mustNotScale: ["api"],
  faultInjections: [
    {
      trigger: { kind: "ready", workload: "worker", atLeast: 3 },
      action: { kind: "set", field: workerMaximum(namespace), to: 1 },
      withinSeconds: 120,
    },
    { trigger: { kind: "desired", workload: "worker", atMost: 1 }, action: { kind: "restore" }, withinSeconds: 60 },
  ],
  mustHold: [{ id: "terminated-gracefully", workload: "worker" }, { id: "no-lock-lost" }],
  expectedSeconds: 90 + backlogOrders / 100,
});
