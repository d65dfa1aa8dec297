import { durationSeconds } from "../../../k6/lib/profiles.ts";
import { readsOf } from "./apiCpu.ts";
import { apiFollowsCpu } from "./expectations.ts";
import { type Scenario, USUAL } from "../../../model/scenario.ts";

/** Nothing can have scaled by then: what one replica does with ten times its load is what users get. So latency is reported, and failures are asserted. */
export const spike: Scenario = {
  ...USUAL,
  name: "spike",
  summary: "100 reads a second and at once 1,000: none fails, the API scales, the worker does not",
  load: ({ spikeSteps }) => readsOf(spikeSteps),
  needs: "api and orders that exist",
  orders: null,
  mustScale: [apiFollowsCpu(2)],
  mustNotScale: ["worker"],
  queue: "stays empty",
  objectives: { failedShare: 0 },
  expectedSeconds: ({ spikeSteps }) => 100 + durationSeconds(spikeSteps),
};
