import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

const PACE = { ordersPerSecond: 25, invalidPerSecond: 5 };

export const validatorKilled: ScenarioOf = ({ faults: { seconds } }) => ({
  ...USUAL,
  name: "validator-killed",
  summary:
    "the validator is killed by SIGKILL: orders are answered 503 until it is back, and no invalid one is accepted",
  ...ordersPlaced({ ...PACE, seconds }),
  objectives: objectives({ failedShare: null }),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: seconds / 2 },
      action: killing({ pods: { workload: "api" }, how: "sigkill", container: "validator" }),
      withinSeconds: 30,
    },
  ],
  mustHold: [
    { id: "answered-in-time", withinSeconds: 5, statuses: [503] },
    { id: "accepting-again", withinSeconds: 10, after: "last-fault" },
    { id: "no-invalid-order-accepted" },
  ],
  expectedSeconds: 60 + seconds,
});
