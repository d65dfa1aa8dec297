import { declaredRequests, durationSeconds, formatSteps, type Step } from "../model/profiles.ts";
import { apiFollowsCpu } from "./movements.ts";
import { type Load, type Scenario, USUAL } from "../model/scenario.ts";

/** Look-ups of orders that exist: they cost the API CPU and put nothing on the queue. */
export function lookUpsOf(steps: readonly Step[]): Load {
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
  summary:
    "look-ups at a rising rate: the API goes from its minimum to at least 3 and back, the worker does not notice",
  load: ({ lookUpSteps }) => lookUpsOf(lookUpSteps),
  needs: "api and orders that exist",
  orders: null,
  mustScale: [apiFollowsCpu(3)],
  mustNotScale: ["worker"],
  queue: "stays empty",
  objectives: { failedShare: 0, latencyP95Ms: 1000 },
  expectedSeconds: ({ lookUpSteps }) => 100 + durationSeconds(lookUpSteps),
};
