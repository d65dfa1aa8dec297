import { formatCount, formatNumber } from "../format.ts";
import type { Report } from "../../model/report.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { repeatsOf, repeatsText, runName } from "../repeats.ts";
import { html, type Markup, table } from "./markup.ts";
import { formatControls, formatUnderTest } from "./scenario.ts";
import { badge } from "./verdict.ts";

/** All scenarios in a table, before it those that were run several times. */
export function overview(report: Report): Markup {
  const rows = report.scenarios.map((scenario, index) => [
    html`<a href="#scenario-${index}">${runName(scenario)}</a>`,
    badge(scenario.verdict),
    formatUnderTest(scenario),
    formatControls(scenario),
    passedOf(scenario),
  ]);
  return html`${repeats(report)}
    <h2 class="scenario">Scenarios</h2>
    <div class="scroll">
      ${table(
        "Which workload each load scaled, and which it must not: ready replicas at the start, at most and at the end.",
        ["scenario", "verdict", "under test", "control", "assertions"],
        rows,
      )}
    </div>`;
}

function repeats({ scenarios }: Report): Markup | undefined {
  const repeated = repeatsOf(scenarios);
  if (repeated.length === 0) return undefined;
  const rows = repeated.map((one) => [
    one.scenario,
    repeatsText(one),
    html`<ul class="runs">
      ${one.runs.map(
        ({ repeat, verdict, index }) =>
          html`<li><a href="#scenario-${index}">${formatNumber(repeat)}</a> ${badge(verdict)}</li>`,
      )}
    </ul>`,
  ]);
  return html`<h2 class="scenario">Repeats</h2>
    ${table("Scenarios that were run several times, with the verdict of each run.", ["scenario", "passed", "runs"], rows)}`;
}

function passedOf({ assertions }: ScenarioReport): string {
  const held = assertions.filter(({ status }) => status === "pass").length;
  return `${formatNumber(held)} of ${formatCount(assertions.length, "assertion")} held`;
}
