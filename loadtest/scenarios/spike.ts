import { durationSeconds } from "../model/profiles.ts";
import { lookUpsOf } from "./apiCpu.ts";
import { apiFollowsCpu } from "./movements.ts";
import { type Scenario, USUAL } from "../model/scenario.ts";

/** Nobody can have scaled by then: what one replica does with ten times its load is what users get. So latency is told, and failures are judged. */
export const spike: Scenario = {
  ...USUAL,
  name: "spike",
  summary: "100 look-ups a second and at once 1,000: none fails, the API follows, the worker does not notice",
  load: ({ spikeSteps }) => lookUpsOf(spikeSteps),
  needs: "api and orders that exist",
  orders: null,
  mustScale: [apiFollowsCpu(2)],
  mustNotScale: ["worker"],
  queue: "stays empty",
  objectives: { failedShare: 0 },
  expectedSeconds: ({ spikeSteps }) => 100 + durationSeconds(spikeSteps),
};
