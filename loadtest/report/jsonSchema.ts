import * as z from "zod";
import * as schema from "../model/schema.ts";

/** Parts with a name of their own in the published schema; the others stand where they are used. */
const NAMED = {
  Agreement: schema.agreement,
  Assertion: schema.assertion,
  AutoscalerState: schema.autoscalerState,
  Comparison: schema.comparison,
  Condition: schema.condition,
  Counters: schema.counters,
  DeploymentState: schema.deploymentState,
  Ledger: schema.ledger,
  Live: schema.live,
  LoadResult: schema.loadResult,
  MetricState: schema.metricState,
  PodRecord: schema.podRecord,
  PodSeconds: schema.podSeconds,
  QueueState: schema.queueState,
  Sample: schema.sample,
  ScaledObjectState: schema.scaledObjectState,
  ScalingRules: schema.scalingRules,
  ScenarioReport: schema.scenarioReport,
  Target: schema.target,
  Timing: schema.timing,
  Verdict: schema.verdict,
  Workload: schema.workload,
} as const;

/** The JSON Schema of report.json, draft 2020-12, for whoever reads reports in another language. */
export function reportJsonSchema(): Record<string, unknown> {
  const metadata = z.registry<z.GlobalMeta>();
  for (const [id, named] of Object.entries(NAMED)) metadata.add(named, { ...named.meta(), id });
  return {
    $comment: "Generated from loadtest/model/schema.ts by `npm run report:schema`.",
    title: "ownsignal proof report",
    ...z.toJSONSchema(schema.report, {
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
