import type { Forecast } from "../../loadtest/planner/forecast.ts";
import { type Interval, type StatisticId, STATISTICS } from "../../loadtest/model/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import type { Objective, Recommended } from "../../loadtest/planner/recommend.ts";
import type { ElasticityId } from "../../loadtest/planner/statistics.ts";
import { chart } from "./chart.ts";
import { type JudgedScenario, judgedRows } from "./judgedPlans.ts";
import type { MeasuredRun } from "./measured.ts";
import { noteText, type PlanNote } from "./notes.ts";

/** What is told of one workload. */
export interface PlanResult {
  readonly planned: PlannedWorkload;
  readonly forecast: Forecast;
  readonly changed: Forecast | null;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** Forecasts with one setting each on top of `settings`; empty where none are asked for. */
  readonly swept: readonly { readonly setting: string; readonly statistics: Forecast["statistics"] }[];
  readonly measured: MeasuredRun | null;
  /** Null where no objective is given. */
  readonly recommended: (Recommended & { readonly objectives: readonly Objective[] }) | null;
}

const STATISTIC_TEXT: Readonly<Record<StatisticId, (forecast: Forecast) => string>> = {
  firstReadySeconds: () => "first pod ready, s",
  allReadySeconds: ({ statistics }) => `all ${statistics.peakReplicas.median ?? ""} pods ready, s`,
  drainedSeconds: () => "queue drained, s",
  idleSeconds: ({ idleReplicas }) => `back to ${idleReplicas} after that, s`,
  orderAgeP95Seconds: () => "age of a message, p95, s",
  podSeconds: () => "pod-seconds",
  peakReplicas: () => "most replicas",
  directionChanges: () => "changes of direction",
};

const ELASTICITY_TEXT: Readonly<Record<ElasticityId, string>> = {
  underProvisioned: "too few, mean replicas",
  overProvisioned: "too many, mean replicas",
  underProvisionedTime: "share of time with too few",
  overProvisionedTime: "share of time with too many",
  jitterPerMinute: "jitter a minute",
};

const number = (value: number | null): string =>
  value === null ? "never" : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));

function intervalText({ low, median, high }: Interval): string {
  if (median === null && low === null) return "–";
  return low === high ? number(median) : `${number(median)} (${number(low)} – ${number(high)})`;
}

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
    ...aligned([
      ["", "runs", "assertion", "expected", "median (90 % of runs)", ""],
      ...judgedRows(judged, intervalText),
    ]),
    "",
  ]);
  return `${parts.join("\n")}${notes.map((note) => `note: ${noteText(note)}\n`).join("")}`;
}

function renderResult(result: PlanResult): string {
  const { forecast, changed, measured, settings, swept } = result;
  const columns = [
    ...(measured === null ? [] : [{ title: "measured", of: (id: StatisticId) => measuredText(measured, id) }]),
    { title: "forecast", of: (id: StatisticId) => intervalText(forecast.statistics[id]) },
    ...(changed === null ? [] : [{ title: "changed", of: (id: StatisticId) => intervalText(changed.statistics[id]) }]),
  ];
  const rows = STATISTICS.filter((id) => !isNothing(forecast, id)).map((id) => [
    STATISTIC_TEXT[id](forecast),
    ...columns.map(({ of }) => of(id)),
  ]);
  const elasticity = forecast.elasticity;
  if (elasticity !== null) {
    for (const [id, text] of Object.entries(ELASTICITY_TEXT) as [ElasticityId, string][]) {
      rows.push([
        text,
        ...(measured === null ? [] : [""]),
        intervalText(elasticity[id]),
        ...(changed?.elasticity == null ? [] : [intervalText(changed.elasticity[id])]),
      ]);
    }
  }
  const set = settings.map(({ name, value }) => `${name}=${value}`).join(", ");
  if (swept.length > 0) return [...headLines(result, set), ...sweepLines(result), ""].join("\n");
  return [
    ...headLines(result, set),
    ...aligned([["median (90 % of runs)", ...columns.map(({ title }) => title)], ...rows]),
    "",
    ...chart(forecast, "ready replicas"),
    ...(changed === null ? [] : ["", ...chart(changed, `ready replicas with ${set}`)]),
    "",
    `what binds, in the run in the middle${changed === null ? "" : " (without the change)"}:`,
    ...bindingLines(forecast),
    ...(changed === null ? [] : [`with ${set}:`, ...bindingLines(changed)]),
    ...(result.recommended === null ? [] : ["", ...recommendationLines(result.recommended, forecast)]),
    "",
  ].join("\n");
}

function headLines({ forecast, changed, planned }: PlanResult, set: string): string[] {
  return [
    `${forecast.workload}: ${inputsText(planned)}; ${forecast.runs} runs, seed ${forecast.seed}`,
    ...(changed === null ? [] : [`changed: ${set}`]),
    "",
  ];
}

/** What the settings of a sweep are compared by. */
const SWEPT: readonly StatisticId[] = [
  "firstReadySeconds",
  "drainedSeconds",
  "idleSeconds",
  "orderAgeP95Seconds",
  "podSeconds",
  "peakReplicas",
  "directionChanges",
];

function sweepLines({ forecast, changed, swept }: PlanResult): string[] {
  const shown = SWEPT.filter((id) => !isNothing(forecast, id));
  const row = (name: string, of: Forecast["statistics"]): string[] => [
    name,
    ...shown.map((id) => intervalText(of[id])),
  ];
  return aligned([
    ["median (90 % of runs)", ...shown.map((id) => STATISTIC_TEXT[id](forecast))],
    row("as it is", (changed ?? forecast).statistics),
    ...swept.map(({ setting, statistics }) => row(setting, statistics)),
  ]);
}

function recommendationLines(
  { objectives, isMet, current, recommendations, tried }: NonNullable<PlanResult["recommended"]>,
  forecast: Forecast,
): string[] {
  const asked = objectives.map(
    ({ statistic, below }) => `${STATISTIC_TEXT[statistic](forecast)} below ${number(below)}`,
  );
  const shown = [...new Set<StatisticId>([...objectives.map(({ statistic }) => statistic), "podSeconds"])];
  const row = (name: string, of: typeof current): string[] => [name, ...shown.map((id) => intervalText(of[id]))];
  return [
    `objective: ${asked.join("; ")}, in nineteen of twenty runs. The current settings ${isMet ? "meet it" : "miss it"}.`,
    ...(recommendations.length === 0
      ? [`  no better setting found among ${tried}${isMet ? ": none is clear of the current pod-seconds" : ""}`]
      : [
          "Better by this load alone; another load may want other settings:",
          ...aligned([
            ["", ...shown.map((id) => STATISTIC_TEXT[id](forecast))],
            row("now", current),
            ...recommendations.map(({ settings, statistics }) => row(settings.join(", "), statistics)),
          ]),
        ]),
  ];
}

function measuredText(measured: MeasuredRun, id: StatisticId): string {
  const value = measured[id];
  return value == null ? "" : number(value);
}

/** What the workload has none of, such as a drained queue without a queue. */
function isNothing({ active, statistics }: Forecast, id: StatisticId): boolean {
  const isOfQueue = id === "drainedSeconds" || id === "orderAgeP95Seconds";
  const isOfScaling = id === "firstReadySeconds" || id === "allReadySeconds" || id === "idleSeconds";
  const { low, high } = statistics[id];
  return (
    (isOfQueue && active === null) ||
    (isOfScaling &&
      low === null &&
      high === null &&
      statistics.peakReplicas.high === statistics.peakReplicas.low &&
      statistics.directionChanges.high === 0 &&
      id !== "idleSeconds")
  );
}

function inputsText({ load, service, startSeconds, aloneStartSeconds }: PlannedWorkload): string {
  const messages = load.arrivals.reduce((sum, one) => sum + one.messages, 0);
  const sorted = [...startSeconds, ...aloneStartSeconds].sort((a, b) => a - b);
  const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const start = least === most ? `${number(least)} s` : `${number(least)} to ${number(most)} s`;
  return [
    ...(service === null ? [] : [`${messages} messages, ${number(service.messagesPerSecond)}/s of a replica`]),
    `pods start in ${start}`,
  ].join(", ");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd());
}

function bindingLines({ bindings, steps }: Forecast): string[] {
  const desiredAt = (second: number): number => steps.findLast(({ atSeconds }) => atSeconds <= second)?.desired ?? 0;
  return aligned(
    bindings.map(({ fromSeconds, toSeconds, binds }) => {
      const [from, to] = [desiredAt(fromSeconds), desiredAt(toSeconds - 1)];
      return [`${fromSeconds}–${toSeconds} s`, from === to ? String(from) : `${from} → ${to}`, binds.join(", ")];
    }),
  );
}
