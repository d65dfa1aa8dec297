import { declaredHolds, type HeldRequests } from "../../../k6/lib/profiles.ts";
import type { Load } from "../../../model/scenario.ts";
import { loadOf, objectives, QUEUE_STAYS_EMPTY, type ScenarioOf, USUAL } from "./declaration.ts";
import { apiCpuTarget } from "./liveFields.ts";

/** Above what any CPU use comes to: then only memory can bring replicas. */
const OUT_OF_REACH_PERCENT = 10_000;

function heldBy(held: HeldRequests): Load {
  const { atATime, holdSeconds, rampSeconds, seconds } = held;
  return loadOf("api-memory.ts", {
    runner: "node",
    environment: {
      HELD_REQUESTS: String(atATime),
      HOLD_SECONDS: String(holdSeconds),
      RAMP_SECONDS: String(rampSeconds),
      LOAD_SECONDS: String(seconds),
    },
    delivered: declaredHolds(held),
    seconds,
  });
}

export const apiMemory: ScenarioOf = ({ held }, namespace) => ({
  ...USUAL,
  name: "api-memory",
  summary: "large bodies held in flight: the API's memory brings a second replica, the worker does not scale",
  load: heldBy(held),
  needs: "api",
  reaches: ["api"],
  orders: null,
  queue: QUEUE_STAYS_EMPTY,
  mustScale: [
    {
      workload: "api",
      metric: { kind: "resource", name: "memory" },
      atLeast: 2,
      within: { seconds: 45, after: "load-end" },
      // Node keeps a heap that has grown once, so an HPA on memory need not come down by itself.
      scaleIn: { asserted: false, watchSeconds: 45 },
    },
  ],
  mustNotScale: ["worker"],
  objectives: objectives({ failedShare: 0.01 }),
  faultInjections: [
    {
      // To take in so many bodies costs CPU too, and an HPA takes the metric that recommends most: CPU would hide what memory does.
      trigger: { kind: "before the load" },
      action: { kind: "set", field: apiCpuTarget(namespace), to: OUT_OF_REACH_PERCENT },
      withinSeconds: 30,
    },
  ],
  expectedSeconds: 130 + held.seconds,
});
