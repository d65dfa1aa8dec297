import type { Report } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { assertionText } from "./texts/assertionTexts.ts";
import { assumptionsText } from "./texts/podSecondsTexts.ts";
import { timingText } from "./texts/timingTexts.ts";

/** Lists of which each item has a line of its own. */
const A_LINE_EACH = new Set(["samples", "ready"]);

/** report.json: indented for people, a sample a line. */
export function formatJson(report: Report): string {
  // Indented all the way down, the samples alone would be tens of thousands of lines.
  const compact: string[] = [];
  const text = JSON.stringify(
    withTexts(report),
    (key, value: unknown) => {
      if (!A_LINE_EACH.has(key) || !Array.isArray(value)) return value;
      compact.push(value.map((sample) => JSON.stringify(sample)).join(",\n"));
      return [];
    },
    2,
  );
  let next = 0;
  // An escaped quote stands before every quote within a string, so this matches keys only; they come in the order in which they were taken out.
  const whole = text.replace(/^( *)"(samples|ready)": \[\]/gm, (_match, indent: string, key: string) => {
    const lines = compact[next++] ?? "";
    if (lines === "") return `${indent}"${key}": []`;
    return `${indent}"${key}": [\n${lines.replace(/^/gm, `${indent}  `)}\n${indent}]`;
  });
  return `${whole}\n`;
}

/** Assertions, timings and pod-seconds with their texts beside their figures. */
function withTexts(report: Report): unknown {
  const timed = ({ timings, podSeconds }: Pick<ScenarioReport, "timings" | "podSeconds">): object => ({
    timings: timings.map((timing) => ({ ...timing, text: timingText(timing) })),
    podSeconds: podSeconds.map((used) => ({ ...used, text: assumptionsText(used.assumptions) })),
  });
  const texted = (part: Pick<ScenarioReport, "assertions" | "timings" | "podSeconds">): object => ({
    ...part,
    ...timed(part),
    assertions: part.assertions.map((assertion) => ({ ...assertion, text: assertionText(assertion) })),
  });
  const { comparison } = report;
  return {
    ...report,
    scenarios: report.scenarios.map(texted),
    comparison:
      comparison === null
        ? null
        : { ...comparison, baseline: timed(comparison.baseline), variantResult: texted(comparison.variantResult) },
  };
}
