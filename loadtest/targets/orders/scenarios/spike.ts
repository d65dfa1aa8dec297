import { durationSeconds } from "../../../k6/lib/profiles.ts";
import { readsOf } from "./apiCpu.ts";
import { objectives, QUEUE_STAYS_EMPTY, type ScenarioOf, USUAL } from "./declaration.ts";
import { apiFollowsCpu } from "./expectations.ts";

/** Nothing can have scaled by then: what one replica does with ten times its load is what users get. So latency is reported, and failures are asserted. */
export const spike: ScenarioOf = ({ spikeSteps }) => ({
  ...USUAL,
  name: "spike",
  summary: "100 reads a second and at once 1,000: none fails, the API scales, the worker does not",
  load: readsOf(spikeSteps),
  needs: "api and orders that exist",
  reaches: ["api"],
  orders: null,
  queue: QUEUE_STAYS_EMPTY,
  mustScale: [apiFollowsCpu(2)],
  mustNotScale: ["worker"],
  objectives: objectives({}),
  expectedSeconds: 100 + durationSeconds(spikeSteps),
});
