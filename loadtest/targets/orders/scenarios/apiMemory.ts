import { declaredHolds, type HeldRequests } from "../../../k6/lib/profiles.ts";
import { type Load, type Scenario, USUAL } from "../../../model/scenario.ts";

/** Above what any CPU use comes to: then only memory can bring replicas. */
const OUT_OF_REACH_PERCENT = 10_000;

function heldBy(held: HeldRequests): Load {
  const { atATime, holdSeconds, rampSeconds, seconds } = held;
  return {
    script: "api-memory.ts",
    runner: "node",
    environment: {
      HELD_REQUESTS: String(atATime),
      HOLD_SECONDS: String(holdSeconds),
      RAMP_SECONDS: String(rampSeconds),
      LOAD_SECONDS: String(seconds),
    },
    iterations: declaredHolds(held),
    seconds,
  };
}

export const apiMemory: Scenario = {
  ...USUAL,
  name: "api-memory",
  summary: "large bodies held in flight: the API's memory brings a second replica, the worker does not scale",
  load: ({ held }) => heldBy(held),
  needs: "api",
  orders: null,
  mustScale: [
    {
      workload: "api",
      signal: "memory",
      atLeast: 2,
      within: { seconds: 45, after: "load-end" },
      // Node keeps a heap that has grown once, so an HPA on memory need not come down by itself.
      scaleIn: { asserted: false, watchSeconds: 45 },
    },
  ],
  mustNotScale: ["worker"],
  queue: "stays empty",
  objectives: { failedShare: 0.01 },
  faultInjections: [
    {
      // To take in so many bodies costs CPU too, and an HPA takes the metric that recommends most: CPU would hide what memory does.
      id: "cpu-target-out-of-reach",
      trigger: { kind: "before the load" },
      action: { kind: "set", field: "apiCpuTarget", to: OUT_OF_REACH_PERCENT },
      withinSeconds: 30,
    },
  ],
  expectedSeconds: (sizes) => 130 + sizes.held.seconds,
};
