import { formatCount, formatDuration, formatNumber, formatRatio, formatSeen, secondsBetween } from "./format.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Report } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { sameTiming, type Timing } from "../model/timing.ts";
import type { Verdict } from "../model/verdict.ts";
import { repeatsOf, repeatsText, runName, scenariosText } from "./repeats.ts";
import { wrap } from "./wrap.ts";
import { forecastText } from "./texts/forecastTexts.ts";
import { balanceText } from "./texts/balanceText.ts";
import { timingName } from "./texts/timingTexts.ts";
import { type AssertionText, assertionText } from "./texts/assertionTexts.ts";

const MARKS: Record<Verdict, string> = { pass: "PASS", fail: "FAIL", inconclusive: "????" };
/** Of the sixteen that every terminal has; the words say it too. */
const SGR: Record<Verdict | "bold" | "faint", number> = { pass: 32, fail: 31, inconclusive: 33, bold: 1, faint: 2 };
const COLUMNS = 80;
const LONGEST_NAME = 32;

type Paint = (style: keyof typeof SGR, text: string) => string;

/**
 * The report as a table for a terminal, the verdict in its last line. Lines keep to 80 columns where their words do.
 * @param options `color`: whether to send colours, which is for whoever knows the terminal to say.
 */
export function renderTable(report: Report, { color }: { color: boolean }): string {
  const paint: Paint = (style, text) => (color ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
  const lines = report.scenarios.flatMap((scenario) => ["", ...scenarioLines(scenario, paint)]);
  const repeated = repeatsOf(report.scenarios);
  if (repeated.length > 0) {
    lines.push("", ...repeated.flatMap((one) => hanging(`${plain(one.scenario)}: `, repeatsText(one))));
  }
  if (report.comparison !== null) lines.push("", ...comparisonLines(report.comparison, paint));
  const seconds = secondsBetween(report.startedAt, report.endedAt);
  const told = summaryOf(report) + (seconds === undefined ? "" : `, in ${formatDuration(seconds)}`);
  lines.push("", told, paint(report.verdict, report.verdict.toUpperCase()));
  return lines.join("\n");
}

/** How many assertions held, in a line. */
export function summaryOf(report: Report): string {
  const statuses = report.scenarios.flatMap(({ assertions }) => assertions.map(({ status }) => status));
  const count = (status: Verdict): number => statuses.filter((each) => each === status).length;
  const parts = [`${formatNumber(count("pass"))} of ${formatCount(statuses.length, "assertion")} held`];
  if (count("fail") > 0) parts.push(`${formatNumber(count("fail"))} failed`);
  if (count("inconclusive") > 0) parts.push(`${formatNumber(count("inconclusive"))} inconclusive`);
  return `${scenariosText(report.scenarios)}: ${parts.join(", ")}`;
}

function scenarioLines(scenario: ScenarioReport, paint: Paint): string[] {
  const assertions = scenario.assertions.map((one) => ({ status: one.status, ...assertionText(one) }));
  const nameWidth = Math.min(LONGEST_NAME, Math.max(0, ...assertions.map(({ name }) => name.length)));
  const title = `${plain(runName(scenario))}: ${scenario.verdict.toUpperCase()}`;
  return [
    paint("bold", title),
    ...assertions.flatMap((assertion) => assertionLines(assertion, nameWidth, paint)),
    ...timingLines(scenario.timings),
    ...forecastLines(scenario.forecast),
    ...ledgerLines(scenario.ledger),
  ];
}

function assertionLines(assertion: AssertionText & { status: Verdict }, nameWidth: number, paint: Paint): string[] {
  const { name, status, expected, measured, reason } = assertion;
  const named = hanging("        ", name);
  // A name that is too long for its column has lines of its own.
  const lines = name.length > nameWidth ? [...named, ...hanging("        ", measured)] : [];
  if (lines.length === 0) lines.push(...hanging((named[0] ?? "").padEnd(nameWidth + 10), measured));
  lines[0] = `  ${paint(status, MARKS[status])}  ${(lines[0] ?? "").slice(8)}`;
  if (status === "pass") return lines;
  lines.push(...hanging("        expected: ", expected));
  if (reason !== undefined) lines.push(...hanging("        because:  ", reason));
  return lines;
}

function timingLines(timings: readonly Timing[]): string[] {
  const seen = timings.filter(({ measuredSeconds }) => measuredSeconds !== null);
  const nameWidth = Math.max(0, ...seen.map((timing) => timingName(timing).length));
  return seen.flatMap((timing) => {
    const { measuredSeconds, lowerBoundSeconds, ratio, uncertaintySeconds } = timing;
    // Else it is a sampling interval or two, which the figures are rounded to anyway.
    const unsure = (measuredSeconds ?? 0) > 2 && uncertaintySeconds > (measuredSeconds ?? 0) / 2;
    const measured = `${unsure ? "≤ " : ""}${formatSeen(measuredSeconds)}`;
    const lowerBound =
      lowerBoundSeconds === null
        ? ""
        : `lower bound ${formatDuration(lowerBoundSeconds).padEnd(10)}${ratio === null ? "" : ` ${formatRatio(ratio)}`}`;
    return [`  time  ${timingName(timing).padEnd(nameWidth)}  ${measured.padStart(10)}  ${lowerBound}`.trimEnd()];
  });
}

function forecastLines(forecast: ScenarioReport["forecast"]): string[] {
  const text = forecastText(forecast);
  return text === undefined ? [] : hanging("  forecast: ", text);
}

function ledgerLines(reading: ScenarioReport["ledger"]): string[] {
  if (reading === null) return [];
  if (reading.kind !== "value") {
    return hanging("  ledger: ", reading.kind === "gap" ? `not counted: ${reading.error}` : "not there");
  }
  return hanging("  ledger: ", ledgerInWords(reading.value));
}

function ledgerInWords(ledger: Ledger): string {
  const balance = balanceText({ ...ledger, deadLettered: ledger.deadLettered.total });
  const { total } = ledger.unconfirmed;
  return total === 0 ? balance : `${balance}; besides, ${formatNumber(total)} unconfirmed`;
}

function comparisonLines(comparison: NonNullable<Report["comparison"]>, paint: Paint): string[] {
  const { variant, scenario, baseline, variantResult } = comparison;
  const lines = [
    paint("bold", `${plain(scenario)} with ${plain(variant)} instead: ${variantResult.verdict.toUpperCase()}`),
  ];
  for (const timing of variantResult.timings) {
    const { measuredSeconds } = timing;
    const before = sameTiming(baseline.timings, timing)?.measuredSeconds;
    if (measuredSeconds === null && before == null) continue;
    lines.push(
      ...hanging("  ", `${timingName(timing)}: ${formatSeen(measuredSeconds)}, deployed ${formatSeen(before)}`),
    );
  }
  for (const { workload, measured } of variantResult.podSeconds) {
    const before = baseline.podSeconds.find((used) => used.workload === workload)?.measured;
    const deployed = before === undefined ? "" : `, deployed ${formatNumber(before)}`;
    lines.push(`  pod-seconds of ${workload}: ${formatNumber(measured)}${deployed}`);
  }
  return lines;
}

function hanging(prefix: string, text: string): string[] {
  const [first = "", ...rest] = wrap(plain(text).replace(/\s+/g, " ").trim(), COLUMNS - prefix.length);
  return [`${prefix}${first}`, ...rest.map((line) => `${" ".repeat(prefix.length)}${line}`)];
}

/** What comes from the cluster must not command the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
