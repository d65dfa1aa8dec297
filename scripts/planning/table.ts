import { chart } from "./chart.ts";
import { type JudgedScenario, judgedRows } from "./judgedPlans.ts";
import { noteText, type PlanNote } from "./notes.ts";
import {
  bindingRows,
  headText,
  intervalText,
  OF_RUNS,
  type PlanResult,
  recommendationTable,
  settingsText,
  statisticsTable,
  sweepTable,
  type TextTable,
} from "./planTables.ts";

export function renderPlan(results: readonly PlanResult[], notes: readonly PlanNote[]): string {
  const parts = results.map(renderResult);
  const said = notes.map((note) => `note: ${noteText(note)}\n`);
  return [...parts, said.join("")].filter((part) => part !== "").join("\n");
}

/** The same of the scenarios of a file, with what is predicted of their assertions. */
export function renderFilePlan(
  scenarios: readonly (JudgedScenario & { readonly results: readonly PlanResult[] })[],
  notes: readonly PlanNote[],
): string {
  const parts = scenarios.flatMap(({ scenario, judged, results }) => [
    `scenario ${scenario}`,
    "",
    ...results.map(renderResult),
    `predicted of its assertions, in ${judged[0]?.of ?? 0} runs:`,
    ...aligned([["", "runs", "assertion", "expected", OF_RUNS, ""], ...judgedRows(judged, intervalText)]),
    "",
  ]);
  return `${parts.join("\n")}${notes.map((note) => `note: ${noteText(note)}\n`).join("")}`;
}

function renderResult(result: PlanResult): string {
  const { forecast, changed, swept } = result;
  const set = settingsText(result);
  const head = [`${forecast.workload}: ${headText(result)}`, ...(changed === null ? [] : [`changed: ${set}`]), ""];
  if (swept.length > 0) return [...head, ...tableLines(sweepTable(result)), ""].join("\n");
  return [
    ...head,
    ...tableLines(statisticsTable(result)),
    "",
    ...chart(forecast, "ready replicas"),
    ...(changed === null ? [] : ["", ...chart(changed, `ready replicas with ${set}`)]),
    "",
    `what binds, in the run in the middle${changed === null ? "" : " (without the change)"}:`,
    ...aligned(bindingRows(forecast)),
    ...(changed === null ? [] : [`with ${set}:`, ...aligned(bindingRows(changed))]),
    ...(result.recommended === null ? [] : ["", ...recommendationLines(result.recommended, forecast)]),
    "",
  ].join("\n");
}

function recommendationLines(...of: Parameters<typeof recommendationTable>): string[] {
  const { asked, said, table } = recommendationTable(...of);
  return table === null ? [asked, `  ${said}`] : [asked, said, ...tableLines(table)];
}

function tableLines({ header, rows }: TextTable): string[] {
  return aligned([header, ...rows]);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd());
}
