import type { FaultInjection } from "../../../model/scenario.ts";
import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { apiMinimum } from "./liveFields.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

/** 200 requests a second. */
const PACE = { ordersPerSecond: 20, readsPerSecond: 180, seconds: 80 };

const common = {
  ...USUAL,
  ...ordersPlaced(PACE),
  expectedSeconds: 90 + PACE.seconds,
} as const;

/** Until the second pod serves. */
const WITHIN_SECONDS = 70;

/** So that a pod is left that answers. */
const twoPods = (namespace: string): FaultInjection => ({
  trigger: { kind: "before the load" },
  action: { kind: "set", field: apiMinimum(namespace), to: 2 },
  withinSeconds: 60,
});
const oncePods = { kind: "ready", workload: "api", atLeast: 2 } as const;

export const apiKilled: ScenarioOf = (_sizes, namespace) => ({
  ...common,
  name: "api-killed",
  summary: "a pod of the API is killed under 200 requests a second: only what it had in flight fails",
  objectives: objectives({ failedShare: null }),
  faultInjections: [
    twoPods(namespace),
    {
      trigger: oncePods,
      action: killing({ pods: { workload: "api" }, which: "random", how: "sigkill" }),
      withinSeconds: WITHIN_SECONDS,
    },
  ],
  mustHold: [{ id: "failed-in-flight-only", marginSeconds: 2 }],
});

export const apiRolled: ScenarioOf = (_sizes, namespace) => ({
  ...common,
  name: "api-rolled",
  summary: "a rolling update of the API under 200 requests a second: no request fails",
  objectives: objectives({}),
  faultInjections: [
    twoPods(namespace),
    { trigger: oncePods, action: { kind: "restart", workload: "api" }, withinSeconds: WITHIN_SECONDS },
  ],
  mustHold: [{ id: "terminated-gracefully", workload: "api" }],
});
