import * as z from "zod";
import { type ById, byId } from "./byId.ts";
import { metricIdentity } from "./metric.ts";
import { workload } from "./workload.ts";

/** What demand is reckoned from, with its figures. */
export const demandBasisShapes = {
  "drain-objective": z.object({
    drainSeconds: z.number().describe("within so long of its arrival a message has to be processed"),
    messagesPerSecondPerReplica: z.number().describe("as measured in this run"),
  }),
  "resource-target": z.object({
    metric: metricIdentity,
    target: z.number().describe("of a replica"),
    readingAgeSeconds: z.number().describe("how old a reading is on average: it is taken for that moment"),
  }),
  "metric-target": z
    .object({ targets: z.array(z.object({ metric: metricIdentity, target: z.number().describe("of a replica") })) })
    .describe("what its own autoscaler is configured to follow"),
};
export type DemandBasisId = keyof typeof demandBasisShapes;
export type DemandBasis<Id extends DemandBasisId = DemandBasisId> = ById<typeof demandBasisShapes, Id>;

/**
 * Elasticity metrics in the form of the SPEC Research Group, "Ready for Rain? A View from SPEC Research on the Future of Cloud Metrics" (2016), with their
 * formulas in docs/explanation/elasticity.md. Demand is replicas that would just do; supply is ready replicas.
 */
export const elasticity = z.object({
  workload,
  seconds: z
    .number()
    .describe(
      "the time that they are taken over: from the load's start until demand is gone and the workload idle again",
    ),
  unknownSeconds: z.number().describe("of it, where demand or supply was not known; left out"),
  demand: z.enum(["cpu", "memory", "drain-objective", "metric"]).describe("what demand is reckoned from"),
  basis: byId(demandBasisShapes).describe("the same with its figures"),
  underProvisioned: z.number().describe("accuracy: mean of max(0, demand - supply), in replicas"),
  overProvisioned: z.number().describe("accuracy: mean of max(0, supply - demand), in replicas"),
  underProvisionedShare: z.number().nullable().describe("normalised by demand; null where demand was 0 at times"),
  overProvisionedShare: z.number().nullable(),
  underProvisionedTime: z.number().describe("share of time with too few"),
  overProvisionedTime: z.number().describe("share of time with too many"),
  jitterPerMinute: z
    .number()
    .describe("adaptations of supply less those of demand, a minute; each replica more or less is one"),
});
export type Elasticity = z.infer<typeof elasticity>;
