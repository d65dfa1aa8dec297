import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ScenarioReport } from "./scenarioRun.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** Raised when a reader of report.json has to change. */
export const SCHEMA_VERSION = 1;

/** What a proof found, as report.json holds it. */
export interface Report {
  schemaVersion: typeof SCHEMA_VERSION;
  verdict: Verdict;
  startedAt: string;
  endedAt: string;
  namespace: string;
  scenarios: ScenarioReport[];
}

export function reportOf(parts: Pick<Report, "startedAt" | "namespace" | "scenarios">): Report {
  return {
    schemaVersion: SCHEMA_VERSION,
    verdict: verdictOf(parts.scenarios.map(({ verdict }) => verdict)),
    startedAt: parts.startedAt,
    endedAt: new Date().toISOString(),
    namespace: parts.namespace,
    scenarios: parts.scenarios,
  };
}

/** Writes report.json, a sample a line. @returns its path. */
export async function writeReport(report: Report, outDir: string): Promise<string> {
  const path = join(outDir, "report.json");
  await writeFile(path, formatReport(report));
  return path;
}

export function formatReport(report: Report): string {
  // Indented all the way down, the samples alone would be tens of thousands of lines.
  const samples = report.scenarios.map((scenario) =>
    scenario.samples.map((sample) => `        ${JSON.stringify(sample)}`).join(",\n"),
  );
  const outline = { ...report, scenarios: report.scenarios.map((scenario) => ({ ...scenario, samples: [] })) };
  let scenario = 0;
  // An escaped quote stands before every quote within a string, so this matches keys only.
  const text = JSON.stringify(outline, null, 2).replace(/^ {6}"samples": \[\]/gm, () => {
    const lines = samples[scenario++] ?? "";
    return lines === "" ? `      "samples": []` : `      "samples": [\n${lines}\n      ]`;
  });
  return `${text}\n`;
}

const MARKS: Record<Verdict, string> = { pass: "PASS", fail: "FAIL", inconclusive: "????" };

/** The report as a table for a terminal, the verdict in its last line. */
export function renderTable(report: Report): string {
  const lines: string[] = [];
  for (const scenario of report.scenarios) {
    lines.push("", `${scenario.name}: ${scenario.verdict.toUpperCase()}`);
    const nameWidth = Math.max(...scenario.assertions.map(({ name }) => name.length));
    for (const { name, status, expected, measured, reason } of scenario.assertions) {
      lines.push(`  ${MARKS[status]}  ${name.padEnd(nameWidth)}  ${measured}`);
      if (status !== "pass") {
        lines.push(`        expected: ${expected}`);
        if (reason !== undefined) lines.push(`        because:  ${reason}`);
      }
    }
    if (scenario.ledger?.kind === "value") {
      const { accepted, fulfilled, waiting, deadLettered, lost } = scenario.ledger.value;
      lines.push(
        `  ledger: ${accepted} accepted = ${fulfilled} fulfilled + ${waiting} waiting + ${deadLettered} dead-lettered + ${lost} lost`,
      );
    }
  }
  lines.push("", report.verdict.toUpperCase());
  return lines.join("\n");
}
