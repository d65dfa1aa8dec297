import * as z from "zod";
import { type Comparison, comparison } from "./comparison.ts";
import { type ScenarioReport, scenarioReport } from "./scenarioReport.ts";
import { target } from "./target.ts";
import { verdict } from "./verdict.ts";

/**
 * What a proof leaves in report.json, part by part. The types that the proof itself works with come from here, and so does the published JSON Schema.
 * Times are milliseconds since 1970 (`…Ms`, `at…`) or ISO 8601 in UTC (`…At`); durations carry their unit in their name.
 */

/** Raised when a reader of report.json has to change. */
export const SCHEMA_VERSION = 4;

export const report = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  verdict,
  startedAt: z.string(),
  endedAt: z.string(),
  profile: z.string().nullable().describe("of the orders system: how much is sent; null for a declared file"),
  command: z.string().describe("what reproduces this run"),
  target,
  scenarios: z.array(scenarioReport),
  comparison: comparison.nullable(),
});
/** What a proof found, as report.json holds it. */
export interface Report extends Omit<z.infer<typeof report>, "scenarios" | "comparison"> {
  scenarios: ScenarioReport[];
  comparison: Comparison | null;
}
