import * as z from "zod";
import { count } from "./count.ts";
import { scenarioReport } from "./scenarioReport.ts";

export const comparison = z
  .object({
    variant: z.string().describe("what took the place of the deployed autoscaler, for example worker-on-cpu"),
    scenario: z.string(),
    restReplicas: z
      .object({ baseline: count, variant: count.nullable() })
      .optional()
      .describe("workers kept when there is no work, which no window of a load shows"),
    baseline: scenarioReport.pick({ timings: true, podSeconds: true }),
    variantResult: scenarioReport.pick({
      verdict: true,
      assertions: true,
      mustScale: true,
      mustNotScale: true,
      loadStartedAt: true,
      loadEndedAt: true,
      endedAt: true,
      timings: true,
      podSeconds: true,
      samples: true,
    }),
  })
  .describe("the same load, really run with another autoscaler");
export type Comparison = z.infer<typeof comparison>;
