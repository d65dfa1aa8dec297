import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Verdict } from "../model/verdict.ts";
import { formatCount, formatNumber } from "./format.ts";

/** A run of a scenario for people: `cpu`, and of several `cpu, repeat 2`. */
export function runName({ name, repeat }: Pick<ScenarioReport, "name" | "repeat">): string {
  return repeat === null ? name : `${name}, repeat ${repeat}`;
}

/** A scenario that was run several times. */
export interface Repeats {
  scenario: string;
  /** `index`: of the run in the report. */
  runs: { repeat: number; verdict: Verdict; index: number }[];
}

/** The scenarios with repeats, in the report's order. */
export function repeatsOf(scenarios: readonly ScenarioReport[]): Repeats[] {
  const found: Repeats[] = [];
  scenarios.forEach(({ name, repeat, verdict }, index) => {
    if (repeat === null) return;
    const run = { repeat, verdict, index };
    const before = found.find(({ scenario }) => scenario === name);
    if (before === undefined) found.push({ scenario: name, runs: [run] });
    else before.runs.push(run);
  });
  return found;
}

/** `18 of 20 passed, 2 inconclusive` */
export function repeatsText({ runs }: Repeats): string {
  const count = (verdict: Verdict): number => runs.filter((run) => run.verdict === verdict).length;
  const parts = [`${formatNumber(count("pass"))} of ${formatNumber(runs.length)} passed`];
  if (count("fail") > 0) parts.push(`${formatNumber(count("fail"))} failed`);
  if (count("inconclusive") > 0) parts.push(`${formatNumber(count("inconclusive"))} inconclusive`);
  return parts.join(", ");
}

/** `2 scenarios`, and with repeats `2 scenarios in 21 runs`. */
export function scenariosText(scenarios: readonly Pick<ScenarioReport, "name" | "repeat">[]): string {
  if (scenarios.every(({ repeat }) => repeat === null)) return formatCount(scenarios.length, "scenario");
  const names = new Set(scenarios.map(({ name }) => name));
  return `${formatCount(names.size, "scenario")} in ${formatCount(scenarios.length, "run")}`;
}
