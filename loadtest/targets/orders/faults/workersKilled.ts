import type { FaultInjection } from "../../../model/scenario.ts";
import { killing, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { backlogDrained } from "./backlogDrained.ts";

const EVERY_SECONDS = 10;
/** A message's lock, by dev's queue. */
const LOCK_SECONDS = 60;

const action = killing({ pods: { workload: "worker" }, which: "random", how: "sigkill" });

export const workersKilled: ScenarioOf = ({ faults }) => {
  const { backlogOrders, kills, redeliveryMarginSeconds } = faults;
  return {
    ...USUAL,
    name: "workers-killed",
    summary:
      "a random worker is killed by SIGKILL every 10 s of a drain: no order is lost, each is redelivered in time",
    ...backlogDrained(backlogOrders),
    mustNotScale: [],
    faultInjections: [
      { trigger: { kind: "ready", workload: "worker", atLeast: 3 }, action, withinSeconds: 120 },
      ...Array.from({ length: kills - 1 }, (): FaultInjection => ({
        trigger: { kind: "after the fault before", seconds: EVERY_SECONDS },
        action,
        withinSeconds: 2 * EVERY_SECONDS,
      })),
    ],
    mustHold: [{ id: "redelivered-within-lock-time", marginSeconds: redeliveryMarginSeconds }],
    expectedSeconds: 60 + kills * EVERY_SECONDS + LOCK_SECONDS,
  };
};
