import * as z from "zod";
import { evidence } from "./evidence.ts";
import { explained } from "./explained.ts";
import { load } from "./load.ts";
import { name, namespace } from "./scalars.ts";
import { scenario } from "./scenario.ts";
import { workload } from "./workload.ts";

/** Raised when a file of this version has to change. */
export const FILE_VERSION = 1;

const version = explained(z.literal(FILE_VERSION), {
  what: `a version that is known here, which is ${FILE_VERSION}`,
  example: String(FILE_VERSION),
});

/** The shape of autoscaling.yaml. What the parts say of each other is checked in checks/. */
export const autoscalingFile = explained(
  z.strictObject({
    version: version.describe("the version of this format"),
    namespace: namespace.optional().describe("where the workloads are; --namespace wins; default: the context's"),
    workloads: explained(z.record(name, workload), {
      what: "a map of names to workloads",
      example: "{ web: { deployment: web } }",
    }).describe("by name: what scales; everything about its autoscaler is read from the cluster"),
    loads: explained(z.record(name, load), {
      what: "a map of names to loads",
      example: "{ visits: { k6: load.js, delivered: { iterations: 12000 } } }",
    }).describe("by name: what is sent, and when it counts as delivered"),
    scenarios: explained(z.array(scenario).min(1), {
      what: "a list of at least one scenario",
      example: "[{ name: backlog, load: fill, mustScale: [{ workload: worker, atLeast: 3 }] }]",
    }).describe("what must scale under which load, and what must not; run in this order"),
    evidence: evidence.optional().describe("what else must be true after each scenario"),
  }),
  { what: "a map of version, workloads, loads and scenarios", example: "version: 1" },
);

/** As the file says it, with durations in seconds and without its defaults. */
export type AutoscalingFile = z.output<typeof autoscalingFile>;
