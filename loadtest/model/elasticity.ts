import * as z from "zod";
import { workload } from "./workload.ts";

/**
 * Elasticity metrics in the form of the SPEC Research Group, "Ready for Rain? A View from SPEC Research on the Future of Cloud Metrics" (2016), with their
 * formulas in docs/elasticity.md. Demand is replicas that would just do; supply is ready replicas.
 */
export const elasticity = z.object({
  workload,
  seconds: z
    .number()
    .describe("the time that they are taken over: from the load's start until the workload is idle again"),
  unknownSeconds: z.number().describe("of it, where demand or supply was not known; left out"),
  demand: z.enum(["cpu", "memory", "drain-objective", "metric"]).describe("what demand is reckoned from"),
  underProvisioned: z.number().describe("accuracy: mean of max(0, demand - supply), in replicas"),
  overProvisioned: z.number().describe("accuracy: mean of max(0, supply - demand), in replicas"),
  underProvisionedShare: z.number().nullable().describe("normalised by demand; null where demand was 0 at times"),
  overProvisionedShare: z.number().nullable(),
  underProvisionedTime: z.number().describe("share of time with too few"),
  overProvisionedTime: z.number().describe("share of time with too many"),
  jitterPerMinute: z.number().describe("adaptations of supply less those of demand, a minute"),
});
export type Elasticity = z.infer<typeof elasticity>;
