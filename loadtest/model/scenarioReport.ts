import * as z from "zod";
import { type Assertion, assertion } from "./assertion.ts";
import { autoscalingConfig } from "./autoscaling.ts";
import { counters } from "./counters.ts";
import { type Elasticity, elasticity } from "./elasticity.ts";
import { type ScenarioForecast, scenarioForecast } from "./forecast.ts";
import { ledger } from "./ledger.ts";
import { loadResult } from "./load.ts";
import { type Sample, sample } from "./observed.ts";
import { type PodSeconds, podSeconds } from "./podSeconds.ts";
import { podRecord } from "./pods.ts";
import { reading } from "./reading.ts";
import { type Timing, timing } from "./timing.ts";
import { verdict } from "./verdict.ts";
import { workload } from "./workload.ts";

export const scenarioReport = z.object({
  name: z.string(),
  summary: z.string().describe("what it shows, in a line"),
  verdict,
  assertions: z.array(assertion),
  mustScale: z.array(workload).describe("the workloads under test: this load must scale them"),
  mustNotScale: z.array(workload).describe("the controls: they must not scale"),
  queue: z
    .object({ name: z.string(), workload })
    .nullable()
    .describe("the queue that the scenario is about, and the workload that it feeds; null where it is about none"),
  autoscalingConfig: autoscalingConfig.nullable().describe("null where the scenario did not get that far"),
  loadStartedAt: z.string().nullable(),
  loadEndedAt: z.string().nullable(),
  endedAt: z.string(),
  load: loadResult.nullable(),
  ledger: reading(ledger).nullable().describe("null where the target keeps none for this scenario"),
  timings: z.array(timing),
  podSeconds: z.array(podSeconds),
  elasticity: z.array(elasticity),
  forecast: scenarioForecast.optional(),
  counters: reading(counters).nullable().describe("of the orders system only"),
  repeat: z.int().nullable().describe("which of several repeats; null where it is run once"),
  pods: z.array(podRecord),
  samples: z.array(sample),
});
/** One scenario as it goes into report.json, where assertions, timings and pod-seconds have their texts beside them. */
export interface ScenarioReport extends Omit<
  z.infer<typeof scenarioReport>,
  "assertions" | "timings" | "podSeconds" | "elasticity" | "forecast" | "samples"
> {
  assertions: readonly Assertion[];
  timings: readonly Timing[];
  podSeconds: readonly PodSeconds[];
  elasticity: readonly Elasticity[];
  /** Undefined where nothing is to be forecast: no load was run, or it must scale nothing. */
  forecast?: ScenarioForecast | undefined;
  samples: readonly Sample[];
}
