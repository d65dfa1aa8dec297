import { sizesOf } from "../../loadtest/k6/lib/profiles.ts";
import type { Assertion, AssertionId } from "../../loadtest/model/assertion.ts";
import { faultAssertionShapes } from "../../loadtest/model/faultAssertions.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import { ordersScenario } from "../../loadtest/targets/orders/catalogue.ts";
import { faultNumbers, faultScenarioNames } from "../../loadtest/targets/orders/scenarios/names.ts";

export const BEGIN = "<!-- results: begin, written by ./scripts/run reliability -->";
export const END = "<!-- results: end -->";
/** The sizes that the table is about; those of other profiles are for the gate. */
const PROFILE = "faults";

/** What is measured under every fault, beside its own claims. */
const SHOWN: ReadonlySet<AssertionId> = new Set<AssertionId>([
  ...(Object.keys(faultAssertionShapes) as AssertionId[]),
  "failed-requests-within-objective",
  "none-lost",
  "terminated-gracefully",
  "no-lock-lost",
  "redeliveries-within-bound",
  "scales-out",
  "scales-in",
]);

type Run = Pick<Report, "startedAt" | "command" | "profile"> & { scenario: ScenarioReport };

/**
 * The page with its table replaced: each scenario's newest run among the reports whose load ran to its end, or the row that it has on the page.
 * @throws {Error} for a page without a place for the table.
 */
export function withFaultTable(page: string, reports: readonly Report[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`);
  const runs = reports
    .filter(({ profile }) => profile === PROFILE)
    .flatMap(({ scenarios, ...report }): Run[] => scenarios.map((scenario) => ({ ...report, scenario })))
    .filter(({ scenario }) => scenario.load?.kind === "ran")
    .sort((one, other) => one.startedAt.localeCompare(other.startedAt));
  const before = page.slice(begin, end).split("\n");
  const rows = faultScenarioNames.map((name) => {
    const run = runs.findLast(({ scenario }) => scenario.name === name);
    const kept = before.find((line) => cellsOf(line)[1] === `\`${name}\``);
    return run === undefined
      ? cellsOf(kept ?? rowOf(name, ["not run", "", "", ""]))
      : cellsOf(rowOf(name, measured(run)));
  });
  const header = ["fault", "scenario", "what is broken, and what must hold", "verdict", "measured", "date", "command"];
  const table = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}

function rowOf(name: (typeof faultScenarioNames)[number], cells: readonly string[]): string {
  const { summary } = ordersScenario(name, sizesOf[PROFILE], "");
  return `| ${[String(faultNumbers[name]), `\`${name}\``, summary, ...cells].join(" | ")} |`;
}

function measured({ scenario, startedAt, command }: Run): string[] {
  const shown = scenario.assertions.filter(({ id, status }) => SHOWN.has(id) || status !== "pass");
  return [scenario.verdict.toUpperCase(), shown.map(textOf).join("; "), startedAt.slice(0, 10), `\`${command}\``];
}

function textOf(assertion: Assertion): string {
  const { name, measured: text } = assertionText(assertion);
  return `${assertion.status === "pass" ? "" : `${assertion.status.toUpperCase()} `}${name}: ${text}`.replaceAll(
    "|",
    "\\|",
  );
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
