import { declaredRequests, durationSeconds, formatSteps, type Step } from "../../../k6/lib/profiles.ts";
import type { Load } from "../../../model/scenario.ts";
import { loadOf, objectives, QUEUE_STAYS_EMPTY, type ScenarioOf, USUAL } from "./declaration.ts";
import { apiFollowsCpu } from "./expectations.ts";

/** Reads of orders that exist: they cost the API CPU and put nothing on the queue. */
export function readsOf(steps: readonly Step[]): Load {
  return loadOf("api-cpu.ts", {
    environment: { API_STEPS: formatSteps(steps) },
    delivered: declaredRequests(steps),
    seconds: durationSeconds(steps),
  });
}

export const apiCpu: ScenarioOf = ({ readSteps }) => ({
  ...USUAL,
  name: "api-cpu",
  summary: "reads at a rising rate: the API goes from its minimum to at least 3 and back, the worker does not scale",
  load: readsOf(readSteps),
  needs: "api and orders that exist",
  reaches: ["api"],
  orders: null,
  queue: QUEUE_STAYS_EMPTY,
  mustScale: [apiFollowsCpu(3)],
  mustNotScale: ["worker"],
  objectives: objectives({ latencyP95Ms: 1000 }),
  expectedSeconds: 60 + durationSeconds(readSteps),
});
