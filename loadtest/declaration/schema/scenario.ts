import * as z from "zod";
import { explained } from "./explained.ts";
import { fault } from "./fault.ts";
import { count, duration, name, positiveCount, reference, replicas, share, text } from "./scalars.ts";

const backToIdle = explained(z.union([duration, z.literal(false)]), {
  what: "a duration of more than 0, or false",
  example: "5m, or false where it is not asserted",
  advise: (value) =>
    typeof value === "string" && /^(no|off|none|never|false)$/i.test(value)
      ? { message: `${JSON.stringify(value)} is a text`, fix: "write false where it is not asserted" }
      : undefined,
});

export const mustScale = explained(
  z.strictObject({
    workload: reference.describe("a workload of this file"),
    metric: text
      .optional()
      .describe(
        "the metric that must have asked for it: cpu, memory or a name as in the HPA's status, such as s0-redis-jobs; default: whichever is above its target",
      ),
    container: text.optional().describe("of metric cpu or memory: the container that it is measured of"),
    atLeast: positiveCount.describe("replicas that must be ready"),
    within: duration.optional().describe("how long that may take; default: derived from the live windows"),
    after: explained(z.enum(["load-start", "load-end"]), {
      what: "load-start or load-end",
      example: "load-start or load-end",
    })
      .optional()
      .describe("the moment that within and firstWithin count from; default load-start"),
    firstWithin: duration.optional().describe("how long the first replica above idle may take; default: not asserted"),
    backToIdle: backToIdle
      .optional()
      .describe(
        "how long the way back to idle replicas may take after the load; false: not asserted; default: derived from the live windows",
      ),
  }),
  { what: "a workload that must scale", example: "{ workload: worker, atLeast: 3, within: 2m }" },
);

export const objectives = explained(
  z.strictObject({
    failedRequests: share.optional().describe("k6 loads: share of requests that may fail, 0 to 1; default 0"),
    latencyP95: duration
      .optional()
      .describe("k6 loads: 95th percentile of the requests' duration; default: not asserted"),
    directionChanges: count
      .optional()
      .describe(
        "changes of direction of desired replicas between load start and load end, beyond the one scale-out; not asserted under a load that is over within 30 s; default 0",
      ),
    underProvisionedTime: share
      .optional()
      .describe("of each workload that must scale: share of time, 0 to 1, with fewer replicas than demanded"),
    overProvisionedTime: share
      .optional()
      .describe("of each workload that must scale: share of time, 0 to 1, with more replicas than demanded"),
    underProvisioned: replicas
      .optional()
      .describe("of each workload that must scale: replicas missing, as an average over time"),
    overProvisioned: replicas
      .optional()
      .describe("of each workload that must scale: replicas too many, as an average over time"),
  }),
  { what: "a map of objectives", example: "{ failedRequests: 0, latencyP95: 500ms }" },
);

export const scenario = explained(
  z.strictObject({
    name: name.describe("unique in this file; stands in the report and is what --scenario takes"),
    summary: text.optional().describe("what it shows, in a line"),
    load: reference.describe("a load of this file"),
    mustScale: explained(z.array(mustScale), {
      what: "a list of workloads that must scale",
      example: "[{ workload: worker, atLeast: 3 }]",
    })
      .optional()
      .describe("workloads that must scale out under this load"),
    mustNotScale: explained(z.array(reference), { what: "a list of workloads", example: "[web]" })
      .optional()
      .describe("workloads that must not scale: the controls"),
    objectives: objectives.optional().describe("bounds that must be kept"),
    faults: explained(z.array(fault), {
      what: "a list of fault injections",
      example: "[{ when: { ready: worker, atLeast: 1 }, kill: worker }]",
    })
      .optional()
      .describe("what is changed or killed meanwhile, in this order; what was set is reverted at the end"),
    repeats: positiveCount.optional().describe("how often it is run; default 1"),
  }),
  { what: "a scenario", example: "{ name: backlog, load: fill, mustScale: [{ workload: worker, atLeast: 3 }] }" },
);
