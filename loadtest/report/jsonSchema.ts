import * as z from "zod";
import { assertion } from "../model/assertion.ts";
import {
  autoscalerState,
  condition,
  autoscalingConfig,
  scaledObjectState,
  scalingRules,
  triggerState,
  workloadScaling,
} from "../model/autoscaling.ts";
import { cause } from "../model/cause.ts";
import { comparison } from "../model/comparison.ts";
import { counters } from "../model/counters.ts";
import { elasticity } from "../model/elasticity.ts";
import { fault } from "../model/fault.ts";
import { scenarioForecast } from "../model/forecast.ts";
import { ledger } from "../model/ledger.ts";
import { loadResult } from "../model/load.ts";
import { metricState } from "../model/metric.ts";
import { queueState, replicaState, sample, workloadReadings } from "../model/observed.ts";
import { podSeconds } from "../model/podSeconds.ts";
import { podRecord } from "../model/pods.ts";
import { report } from "../model/report.ts";
import { scenarioReport } from "../model/scenarioReport.ts";
import { target } from "../model/target.ts";
import { timing } from "../model/timing.ts";
import { verdict } from "../model/verdict.ts";
import { workload } from "../model/workload.ts";

/** Parts with a name of their own in the published schema; the others stand where they are used. */
const NAMED = {
  Assertion: assertion,
  AutoscalerState: autoscalerState,
  Cause: cause,
  Comparison: comparison,
  Condition: condition,
  Counters: counters,
  Elasticity: elasticity,
  Fault: fault,
  Ledger: ledger,
  AutoscalingConfig: autoscalingConfig,
  LoadResult: loadResult,
  MetricState: metricState,
  PodRecord: podRecord,
  PodSeconds: podSeconds,
  QueueState: queueState,
  ReplicaState: replicaState,
  Sample: sample,
  ScaledObjectState: scaledObjectState,
  ScalingRules: scalingRules,
  ScenarioForecast: scenarioForecast,
  ScenarioReport: scenarioReport,
  Target: target,
  Timing: timing,
  TriggerState: triggerState,
  Verdict: verdict,
  Workload: workload,
  WorkloadReadings: workloadReadings,
  WorkloadScaling: workloadScaling,
} as const;

/** The JSON Schema of report.json, draft 2020-12, for whoever reads reports in another language. */
export function reportJsonSchema(): Record<string, unknown> {
  const metadata = z.registry<z.GlobalMeta>();
  for (const [id, named] of Object.entries(NAMED)) metadata.add(named, { ...named.meta(), id });
  return {
    $comment: "Generated from loadtest/model by `npm run schemas:write`.",
    title: "ownsignal proof report",
    ...z.toJSONSchema(report, {
      metadata,
      // A later version may add properties: a reader of this one is not to stumble over them.
      io: "input",
      // Descriptions stand in zod's own registry.
      override: ({ zodSchema, jsonSchema }) => {
        const description = z.globalRegistry.get(zodSchema)?.description;
        if (description !== undefined && jsonSchema.$ref === undefined) jsonSchema.description ??= description;
      },
    }),
  };
}
