import * as z from "zod";
import { count } from "./count.ts";
import { type ScenarioReport, scenarioReport } from "./scenarioReport.ts";

/** What is kept of the run with the other autoscaler. */
const KEPT = {
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
} as const;

export const comparison = z
  .object({
    variant: z.string().describe("what took the place of the deployed autoscaler, for example worker-on-cpu"),
    scenario: z.string(),
    restReplicas: z
      .object({ baseline: count, variant: count.nullable() })
      .optional()
      .describe("workers kept when there is no work, which no window of a load shows"),
    baseline: scenarioReport.pick({ timings: true, podSeconds: true }),
    variantResult: scenarioReport.pick(KEPT),
  })
  .describe("the same load, really run with another autoscaler");
export interface Comparison extends Omit<z.infer<typeof comparison>, "baseline" | "variantResult"> {
  baseline: Pick<ScenarioReport, "timings" | "podSeconds">;
  variantResult: Pick<ScenarioReport, keyof typeof KEPT>;
}
