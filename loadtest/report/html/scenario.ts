import { assertionText } from "../texts/assertionTexts.ts";
import { formatDuration, formatNumber, secondsBetween } from "../format.ts";
import type { Assertion } from "../../model/assertion.ts";
import { replicasOf, type Sample } from "../../model/observed.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import type { Workload } from "../../model/workload.ts";
import type { ChartData } from "../chartData.ts";
import { runName } from "../repeats.ts";
import { configurationPart } from "./configuration.ts";
import { countersPart } from "./counters.ts";
import { elasticityPart } from "./elasticity.ts";
import { forecastPart } from "./forecast.ts";
import { ledgerPart } from "./ledger.ts";
import { facts, html, type Markup, table } from "./markup.ts";
import { oscillationPart } from "./oscillation.ts";
import { podsPart } from "./pods.ts";
import { scaleOutsPart } from "./scaleOuts.ts";
import { podSecondsTable, timingsTable } from "./timings.ts";
import { badge } from "./verdict.ts";

/** All of one scenario. @param index of its chart data, and of its place in the page. */
export function scenarioSection(scenario: ScenarioReport, index: number, chartData: ChartData | undefined): Markup {
  return html`<section class="scenario" aria-labelledby="scenario-${index}">
    <h2 id="scenario-${index}">${runName(scenario)} ${badge(scenario.verdict)}</h2>
    <p class="summary">${scenario.summary}</p>
    ${facts(scenarioFacts(scenario))} ${charts(scenario, index)} ${assertions(scenario.assertions)}
    ${timingsTable(scenario)} ${forecastPart(scenario.forecast)} ${podSecondsTable(scenario.podSeconds)}
    ${elasticityPart(scenario.elasticity)}
    <div class="columns">
      ${oscillationPart(scenario.assertions)} ${chartData === undefined ? undefined : scaleOutsPart(chartData)}
      ${ledgerPart(scenario.ledger)} ${countersPart(scenario.counters)} ${podsPart(scenario)}
      ${configurationPart(scenario)}
    </div>
  </section>`;
}

/** `worker 0 → 8 → 0`. */
export function formatUnderTest({ mustScale, samples }: Pick<ScenarioReport, "mustScale" | "samples">): string {
  return mustScale.map((workload) => `${workload} ${replicaPath(samples, workload)}`).join(", ") || "–";
}

/** `api 1 throughout`. */
export function formatControls({ mustNotScale, samples }: Pick<ScenarioReport, "mustNotScale" | "samples">): string {
  return mustNotScale.map((workload) => `${workload} ${replicaPath(samples, workload)}`).join(", ") || "–";
}

function replicaPath(samples: readonly Sample[], workload: Workload): string {
  const ready = samples.flatMap((sample) => {
    const reading = replicasOf(sample, workload);
    return reading.kind === "value" ? [reading.value.ready] : [];
  });
  const [first, last] = [ready[0], ready.at(-1)];
  if (first === undefined || last === undefined) return "not seen";
  const most = Math.max(...ready);
  if (ready.every((count) => count === first)) return `${formatNumber(first)} throughout`;
  return [first, most, last].map(formatNumber).join(" → ");
}

function scenarioFacts(scenario: ScenarioReport): [string, string][] {
  const entries: [string, string][] = [];
  if (scenario.mustScale.length > 0) entries.push(["under test", formatUnderTest(scenario)]);
  if (scenario.mustNotScale.length > 0) entries.push(["control", formatControls(scenario)]);
  const took = secondsBetween(scenario.loadStartedAt, scenario.endedAt);
  if (took !== undefined) entries.push(["from load to idle", formatDuration(took)]);
  if (scenario.load?.kind === "ran") {
    const { requests, failedRequests, iterations, latencyMs } = scenario.load.counts;
    // A command counts as it likes, and sends no requests that it tells of.
    if (requests === 0 && iterations > 0) entries.push(["delivered", formatNumber(iterations)]);
    else entries.push(["requests", formatNumber(requests)], ["failed", formatNumber(failedRequests)]);
    if (latencyMs !== null) entries.push(["latency p95", formatDuration(latencyMs.p95 / 1000)]);
  }
  if (scenario.ledger?.kind === "value") {
    const counted = scenario.assertions.find(({ id }) => id === "none-lost")?.subject;
    const name = counted === undefined ? "lost" : `${counted} lost`;
    entries.push([name, formatNumber(scenario.ledger.value.lost)]);
  }
  return entries;
}

function charts(scenario: ScenarioReport, index: number): Markup {
  if (scenario.samples.length === 0) {
    return html`<h3>Charts</h3>
      <p>Nothing was recorded.</p>`;
  }
  return html`<h3>Charts</h3>
    <div class="charts" data-chart="${index}">
      <p class="no-script">The charts need JavaScript; report.json has their figures.</p>
    </div>`;
}

/** Every assertion, what was expected and what was measured. */
export function assertions(list: readonly Assertion[]): Markup {
  const rows = list
    .map((assertion) => ({ status: assertion.status, ...assertionText(assertion) }))
    .map(({ name, status, expected, measured, reason }) => [
      name,
      badge(status),
      html`${measured}${
        reason === undefined
          ? undefined
          : html`<span class="reason ${status}"><strong>Because:</strong> ${reason}</span>`
      }`,
      expected,
    ]);
  return html`<h3>Assertions</h3>
    ${
      rows.length === 0
        ? html`<p>None were evaluated.</p>`
        : table("What was expected, and what was measured.", ["assertion", "verdict", "measured", "expected"], rows)
    }`;
}
