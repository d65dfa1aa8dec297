import type { ChartData, Missing, Signal, Value, WorkloadTrack } from "../../loadtest/report/chartData.ts";
import { documentOf } from "../../loadtest/report/html/document.ts";
import { html, jsonForScript, type Markup, table } from "../../loadtest/report/html/markup.ts";
import type { Forecast } from "../../loadtest/planner/forecast.ts";
import { idleReplicasOf, maxReplicasOf, type PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
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

/** What one part of the page is of: a scenario of a file, or without one the loads that were given. */
export interface PlanPart extends Pick<JudgedScenario, "judged"> {
  readonly scenario: string | null;
  readonly results: readonly PlanResult[];
}

/** The forecasts as one file that needs nothing else, with the charts of the proof's report. */
export async function planHtml(parts: readonly PlanPart[], notes: readonly PlanNote[]): Promise<string> {
  const results = parts.flatMap((part) => part.results);
  const charts = results.map(chartDataOf);
  const names = [...new Set(results.map(({ forecast }) => forecast.workload))].join(", ");
  const body = html`<a class="skip" href="#content">Skip to the forecasts</a>
    <header>
      <p class="brand">ownsignal · plan</p>
      <h1>Forecast: ${names}</h1>
      <p class="summary">Simulated in virtual time: nothing was sent, and nothing was changed.</p>
    </header>
    <main id="content" tabindex="-1">${parts.map((part) => partOf(part, results))} ${notesOf(notes)}</main>`;
  const data = html`<script type="application/json" id="recorded">
    ${jsonForScript({ charts })}
  </script>`;
  return documentOf({ title: `ownsignal plan · ${names}`, body, data, feed: false });
}

function partOf({ scenario, judged, results }: PlanPart, all: readonly PlanResult[]): Markup {
  return html`${results.map((result) => resultSection(result, scenario, all.indexOf(result)))}
  ${
    scenario === null
      ? undefined
      : html`<section class="scenario">
          <h2>${scenario}: predicted of its assertions</h2>
          ${table(
            `In ${judged[0]?.of ?? 0} simulated runs.`,
            ["assertion", "verdict", "holds in", "expected", OF_RUNS, "why not"],
            judgedRows(judged, intervalText).map(([verdict = "", runs = "", name = "", ...rest]) => [
              name,
              verdict,
              runs,
              ...rest,
            ]),
          )}
        </section>`
  }`;
}

/** @param index of its chart data. */
function resultSection(result: PlanResult, scenario: string | null, index: number): Markup {
  const { forecast, changed, swept, recommended } = result;
  const set = settingsText(result);
  const title = scenario === null ? forecast.workload : `${scenario}: ${forecast.workload}`;
  const better = recommended === null ? undefined : recommendationTable(recommended, forecast);
  return html`<section class="scenario" aria-labelledby="plan-${index}">
    <h2 id="plan-${index}">${title}</h2>
    <p class="summary">${headText(result)}${changed === null ? "" : `; changed: ${set}`}</p>
    <h3>Charts</h3>
    <p>
      Each curve is the median of ${forecast.runs} runs, second by second; nine of ten lie within the band. What binds
      is of the run in the middle.
    </p>
    <div class="charts" data-chart="${index}">
      <p class="no-script">The charts need JavaScript; --json has their figures.</p>
    </div>
    <h3>Figures</h3>
    ${markupOf("The median, and between which bounds nine of ten runs lie.", statisticsTable(result))}
    ${
      swept.length === 0
        ? undefined
        : html`<h3>Sweep</h3>
            ${markupOf("Each with one setting.", sweepTable(result))}`
    }
    ${
      better === undefined
        ? undefined
        : html`<h3>Recommended settings</h3>
            <p>${better.asked}</p>
            ${better.table === null ? html`<p>${better.said}</p>` : markupOf(better.said, better.table)}`
    }
    <h3>What binds</h3>
    ${bindingTable(forecast, changed === null ? "" : " without the change")}
    ${changed === null ? undefined : bindingTable(changed, ` with ${set}`)}
  </section>`;
}

function bindingTable(forecast: Forecast, which: string): Markup {
  return markupOf(`In the run in the middle${which}.`, {
    header: ["when", "desired", "binds"],
    rows: bindingRows(forecast),
  });
}

function markupOf(caption: string, { header, rows }: TextTable): Markup {
  return table(caption, header, rows);
}

function notesOf(notes: readonly PlanNote[]): Markup | undefined {
  if (notes.length === 0) return undefined;
  return html`<section class="scenario" aria-labelledby="notes">
    <h2 id="notes">Notes</h2>
    <ul>
      ${notes.map((note) => html`<li>${noteText(note)}</li>`)}
    </ul>
  </section>`;
}

/** The forecast, and with other settings a second one on the same axis. */
function chartDataOf(result: PlanResult): ChartData {
  const { planned, forecast, changed } = result;
  const horizon = Math.max(forecast.horizonSeconds, changed?.horizonSeconds ?? 0);
  return {
    zeroMs: 0,
    axis: "simulated",
    seconds: Array.from({ length: horizon + 1 }, (_, second) => second),
    load: { fromSeconds: 0, toSeconds: planned.load.endSeconds },
    tracks: [
      trackOf(forecast.workload, planned, forecast, horizon),
      ...(changed === null
        ? []
        : [
            trackOf(
              `${forecast.workload} with ${settingsText(result)}`,
              result.changedPlan ?? planned,
              changed,
              horizon,
            ),
          ]),
    ],
    queues: [],
  };
}

function trackOf(workload: string, planned: PlannedWorkload, forecast: Forecast, horizon: number): WorkloadTrack {
  const { desired, ready, horizonSeconds, bindings } = forecast;
  const over = <T>(of: (second: number) => T): (T | null)[] =>
    Array.from({ length: horizon + 1 }, (_, second) => (second > horizonSeconds ? null : of(second)));
  const columnOf = (values: readonly number[]): Value[] => over((second) => values[second] ?? null);
  const missing: Missing[] =
    horizon === horizonSeconds
      ? []
      : [{ kind: "absent", from: horizonSeconds + 1, to: horizon, why: "idle again, and not simulated any longer" }];
  const binds = (second: number): string =>
    bindings.find(({ fromSeconds, toSeconds }) => second >= fromSeconds && second < toSeconds)?.binds.join(", ") ?? "";
  return {
    workload,
    role: "watched",
    signals: queueSignals(planned, forecast, columnOf, missing),
    unscaled: false,
    replicas: {
      desired: columnOf(desired.median),
      ready: columnOf(ready.median),
      minimum: over(() => idleReplicasOf(planned)),
      maximum: over(() => maxReplicasOf(planned)),
      forecast: { low: columnOf(ready.low), high: columnOf(ready.high) },
      missing,
    },
    because: over(binds).map((text) => (text === null || text === "" ? "" : `binds: ${text}`)),
  };
}

/** The queue that it works off; of other metrics a forecast keeps no readings. */
function queueSignals(
  { scaler }: PlannedWorkload,
  { active }: Forecast,
  columnOf: (values: readonly number[]) => Value[],
  missing: Missing[],
): Signal[] {
  if (active === null) return [];
  const trigger =
    scaler.kind === "scaled-object" ? scaler.spec.triggers.find(({ kind }) => kind === "queue") : undefined;
  const target = trigger?.kind === "queue" ? trigger.targetMilli / 1000 : null;
  const isShared = trigger?.kind === "queue" && trigger.targetType === "AverageValue";
  const current = columnOf(active.median);
  return [
    {
      name: "messages",
      queue: "queue",
      unit: "messages",
      current,
      target: current.map((value) => (value === null ? null : target)),
      shared: isShared,
      recommended: current.map((value) =>
        value === null || target === null || !isShared ? null : Math.ceil(value / target),
      ),
      missing,
    },
  ];
}
