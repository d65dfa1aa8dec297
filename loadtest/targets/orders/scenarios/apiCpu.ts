import { declaredRequests, durationSeconds, formatSteps, type Step } from "../../../k6/lib/profiles.ts";
import { apiFollowsCpu } from "./expectations.ts";
import { type Load, type Scenario, USUAL } from "../../../model/scenario.ts";

/** Reads of orders that exist: they cost the API CPU and put nothing on the queue. */
export function readsOf(steps: readonly Step[]): Load {
  return {
    script: "api-cpu.ts",
    runner: "k6",
    environment: { API_STEPS: formatSteps(steps) },
    iterations: declaredRequests(steps),
    seconds: durationSeconds(steps),
  };
}

export const apiCpu: Scenario = {
  ...USUAL,
  name: "api-cpu",
  summary: "reads at a rising rate: the API goes from its minimum to at least 3 and back, the worker does not scale",
  load: ({ readSteps }) => readsOf(readSteps),
  needs: "api and orders that exist",
  orders: null,
  mustScale: [apiFollowsCpu(3)],
  mustNotScale: ["worker"],
  queue: "stays empty",
  objectives: { failedShare: 0, latencyP95Ms: 1000 },
  expectedSeconds: ({ readSteps }) => 100 + durationSeconds(readSteps),
};
