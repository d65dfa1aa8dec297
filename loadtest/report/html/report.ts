import { assertionText } from "../texts/assertionTexts.ts";
import { formatCount, formatDuration, formatMoment, formatNumber, secondsBetween } from "../format.ts";
import { chartDataOf } from "../buildChartData.ts";
import type { Report } from "../../model/report.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import type { Target } from "../../model/target.ts";
import { runName } from "../repeats.ts";
import { summaryOf } from "../table.ts";
import { comparisonSection } from "./comparison.ts";
import { documentOf } from "./document.ts";
import { facts, html, jsonForScript, type Markup, table } from "./markup.ts";
import { overview } from "./overview.ts";
import { scenarioSection } from "./scenario.ts";

/** Of the causes at the top; the others are with their scenarios. */
const MOST_CAUSES = 6;

/** The report as one file that needs nothing else. */
export async function reportHtml(report: Report): Promise<string> {
  const { scenarios, comparison } = report;
  // The comparison's own run is charted like a scenario.
  const varied = comparison === null ? [] : [variantScenario(report)].filter((scenario) => scenario !== undefined);
  const charts = [...scenarios, ...varied].map(chartDataOf);
  const body = html`<a class="skip" href="#content">Skip to the scenarios</a>
    <header>
      <p class="brand">ownsignal · proof report</p>
      ${verdictBanner(report)} ${runFacts(report)}
    </header>
    <main id="content" tabindex="-1">
      ${scenarios.length === 0 ? html`<p>No scenario was completed.</p>` : overview(report)}
      ${scenarios.map((scenario, index) => scenarioSection(scenario, index, charts[index]))}
      ${comparison === null ? undefined : comparisonSection(comparison, scenarios.length)} ${environment(report.target)}
      ${reproduce(report)}
    </main>
    <footer>
      <p>
        Times are counted from a load's start, and in UTC where a date stands beside them. report.json beside this page
        has every sample; its schema is docs/reference/report.schema.json.
      </p>
    </footer>`;
  const data = html`<script type="application/json" id="recorded">
    ${jsonForScript({ charts })}
  </script>`;
  const title = `${report.verdict.toUpperCase()} · ownsignal proof · ${formatMoment(report.startedAt)}`;
  return documentOf({ title, body, data, feed: false });
}

function verdictBanner(report: Report): Markup {
  const findings = report.scenarios.flatMap((scenario, index) =>
    scenario.assertions
      .filter(({ status }) => status !== "pass")
      .map((assertion) => ({
        ...{ scenario: runName(scenario), index, status: assertion.status },
        text: assertionText(assertion),
      })),
  );
  // What failed says more than what was inconclusive.
  findings.sort((one, other) => Number(other.status === "fail") - Number(one.status === "fail"));
  const causes = findings
    .slice(0, MOST_CAUSES)
    .map(
      ({ scenario, index, status, text: { name, measured, reason } }) =>
        html`<li>
          <a href="#scenario-${index}">${scenario}</a>:
          <strong>${name}</strong>${status === "inconclusive" ? " (inconclusive)" : ""}:
          ${measured}${reason === undefined ? "" : `; ${reason}`}
        </li>`,
    );
  const rest = findings.length - causes.length;
  const more = rest > 0 ? html`<li>and ${formatNumber(rest)} more</li>` : undefined;
  return html`<div class="verdict ${report.verdict}">
    <h1>${headlineOf(report)}</h1>
    <p>${summaryOf(report)}.</p>
    ${
      causes.length === 0
        ? undefined
        : html`<ul>
            ${causes}${more}
          </ul>`
    }
  </div>`;
}

function headlineOf({ verdict, scenarios }: Report): string {
  const statuses = scenarios.flatMap(({ assertions }) => assertions.map(({ status }) => status));
  const failures = statuses.filter((status) => status === "fail").length;
  switch (verdict) {
    case "pass":
      return "Pass: every assertion held";
    case "fail":
      return `Fail: ${formatNumber(failures)} of ${formatCount(statuses.length, "assertion")} did not hold`;
    case "inconclusive":
      return "Inconclusive: not enough was seen for a verdict, and that is no pass";
  }
}

function runFacts(report: Report): Markup {
  const seconds = secondsBetween(report.startedAt, report.endedAt);
  return facts([
    ["started", formatMoment(report.startedAt)],
    ["took", seconds === undefined ? "unknown" : formatDuration(seconds)],
    ...(report.profile === null ? [] : [["profile", report.profile] as const]),
    ["cluster", report.target.context],
    ["namespace", report.target.namespace],
  ]);
}

function environment(target: Target): Markup {
  const versions: [string, string | null][] = [
    ["Kubernetes", target.kubernetes],
    ["KEDA", target.keda],
    ["metrics-server", target.metricsServer],
    ["k6", target.k6],
    ["ownsignal", target.revision],
  ];
  const known = versions.map(([name, version]) => [name, version ?? "not known"]);
  const nodes = target.nodes.map(({ name, kubelet, cpu, memory, architecture }) => [
    name,
    kubelet,
    cpu,
    memory,
    architecture,
  ]);
  const images = target.images.map(({ workload, container, image, digest }) => [
    html`${workload} / ${container}`,
    html`<code>${image}</code>`,
    html`<code>${digest}</code>`,
  ]);
  return html`<section class="scenario" aria-labelledby="environment">
    <h2 id="environment">Environment</h2>
    <div class="columns">
      <div>
        <h3>Versions</h3>
        ${table("What ran.", ["software", "version"], known)}
      </div>
      <div>
        <h3>Nodes</h3>
        ${
          nodes.length === 0
            ? html`<p>Not known.</p>`
            : table(
                "The cluster's nodes, with their capacity.",
                ["node", "kubelet", "CPU", "memory", "architecture"],
                nodes,
              )
        }
      </div>
    </div>
    <h3>Images</h3>
    ${
      images.length === 0
        ? html`<p>Not known.</p>`
        : table("What the pods ran, by digest.", ["container", "image", "digest"], images)
    }
  </section>`;
}

function reproduce(report: Report): Markup {
  return html`<section class="scenario" aria-labelledby="reproduce">
    <h2 id="reproduce">How to reproduce</h2>
    ${
      report.target.revision === null
        ? undefined
        : html`<p>
            At commit <code>${report.target.revision.replace(/-dirty$/, "")}</code>${
              report.target.revision.endsWith("-dirty") ? ", with changes that are not committed" : ""
            }:
          </p>`
    }
    <pre tabindex="0" role="group" aria-label="Command"><code>${report.command}</code></pre>
  </section>`;
}

/** The variant's run in the shape of a scenario, for its charts. */
function variantScenario({ comparison, scenarios }: Report): ScenarioReport | undefined {
  if (comparison === null) return undefined;
  const deployed = scenarios.find(({ name }) => name === comparison.scenario);
  return {
    name: comparison.scenario,
    summary: "",
    autoscalingConfig: null,
    load: null,
    queue: deployed?.queue ?? null,
    ledger: null,
    counters: null,
    elasticity: [],
    repeat: null,
    pods: [],
    ...comparison.variantResult,
  };
}
