import { type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { workerVariable } from "./liveFields.ts";
import { backlogDrained } from "./backlogDrained.ts";

const FAILURE_RATE = "0.3";

export const providerFails: ScenarioOf = ({ faults: { backlogOrders } }, namespace) => ({
  ...USUAL,
  name: "provider-fails",
  summary: "30 % of the provider's calls fail: every order is processed in the end, and none is dead-lettered for it",
  ...backlogDrained(backlogOrders / 3),
  mustNotScale: ["api"],
  faultInjections: [
    {
      trigger: { kind: "before the load" },
      action: { kind: "set", field: workerVariable("FULFILMENT_FAILURE_RATE", namespace), to: FAILURE_RATE },
      withinSeconds: 30,
    },
  ],
  mustHold: [{ id: "no-lock-lost" }],
  expectedSeconds: 70 + backlogOrders / 100,
});

/** Longer than the 20 s for which a worker that is asked to leave finishes what it has. */
const LATENCY_MS = "30000";
/** One worker's, four at a time. */
const SLOW_ORDERS = 16;

export const providerSlow: ScenarioOf = (_sizes, namespace) => ({
  ...USUAL,
  name: "provider-slow",
  summary:
    "a call of the provider takes 30 s, and workers are replaced meanwhile, which wait 20 s: every order is processed in the end",
  ...backlogDrained(SLOW_ORDERS),
  mustNotScale: ["api"],
  faultInjections: [
    {
      trigger: { kind: "before the load" },
      action: { kind: "set", field: workerVariable("FULFILMENT_LATENCY_MS", namespace), to: LATENCY_MS },
      withinSeconds: 30,
    },
    {
      trigger: { kind: "ready", workload: "worker", atLeast: 1 },
      action: { kind: "restart", workload: "worker" },
      withinSeconds: 60,
    },
  ],
  mustHold: [{ id: "terminated-gracefully", workload: "worker" }, { id: "no-lock-lost" }],
  expectedSeconds: 250,
});
