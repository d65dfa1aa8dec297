import type { Forecast } from "../../loadtest/planner/forecast.ts";
import { type Interval, type StatisticId, STATISTICS } from "../../loadtest/model/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import type { Objective, Recommended } from "../../loadtest/planner/recommend.ts";
import type { ElasticityId } from "../../loadtest/planner/statistics.ts";
import type { MeasuredRun } from "./measured.ts";

/** What is told of one workload. */
export interface PlanResult {
  readonly planned: PlannedWorkload;
  readonly forecast: Forecast;
  readonly changed: Forecast | null;
  /** What `changed` is of. */
  readonly changedPlan: PlannedWorkload | null;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** Forecasts with one setting each on top of `settings`; empty where none are asked for. */
  readonly swept: readonly { readonly setting: string; readonly statistics: Forecast["statistics"] }[];
  readonly measured: MeasuredRun | null;
  /** Null where no objective is given. */
  readonly recommended: (Recommended & { readonly objectives: readonly Objective[] }) | null;
}

/** A table as text: its column titles, and its rows by their first cells. */
export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
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

export function intervalText({ low, median, high }: Interval): string {
  if (median === null && low === null) return "–";
  return low === high ? number(median) : `${number(median)} (${number(low)} – ${number(high)})`;
}

/** What is told of the run, measured, forecast and with other settings. */
export function statisticsTable({ forecast, changed, measured }: PlanResult): TextTable {
  const columns = [
    ...(measured === null ? [] : [{ title: "measured", of: (id: StatisticId) => measuredText(measured, id) }]),
    { title: "forecast", of: (id: StatisticId) => intervalText(forecast.statistics[id]) },
    ...(changed === null ? [] : [{ title: "changed", of: (id: StatisticId) => intervalText(changed.statistics[id]) }]),
  ];
  const rows = STATISTICS.filter((id) => !isNothing(forecast, id)).map((id) => [
    STATISTIC_TEXT[id](forecast),
    ...columns.map(({ of }) => of(id)),
  ]);
  const { elasticity } = forecast;
  const ofElasticity =
    elasticity === null
      ? []
      : (Object.entries(ELASTICITY_TEXT) as [ElasticityId, string][]).map(([id, text]) => [
          text,
          ...(measured === null ? [] : [""]),
          intervalText(elasticity[id]),
          ...(changed?.elasticity == null ? [] : [intervalText(changed.elasticity[id])]),
        ]);
  return { header: [OF_RUNS, ...columns.map(({ title }) => title)], rows: [...rows, ...ofElasticity] };
}

export const OF_RUNS = "median (90 % of runs)";

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

/** The settings of a sweep beside what is without them. */
export function sweepTable({ forecast, changed, swept }: PlanResult): TextTable {
  const shown = SWEPT.filter((id) => !isNothing(forecast, id));
  const row = (name: string, of: Forecast["statistics"]): string[] => [
    name,
    ...shown.map((id) => intervalText(of[id])),
  ];
  return {
    header: [OF_RUNS, ...shown.map((id) => STATISTIC_TEXT[id](forecast))],
    rows: [
      row("as it is", (changed ?? forecast).statistics),
      ...swept.map(({ setting, statistics }) => row(setting, statistics)),
    ],
  };
}

/** What was looked for, and the settings that are better; `table` is null where none is. */
export function recommendationTable(
  { objectives, isMet, current, recommendations, tried }: NonNullable<PlanResult["recommended"]>,
  forecast: Forecast,
): { asked: string; said: string; table: TextTable | null } {
  const below = objectives.map((one) => `${STATISTIC_TEXT[one.statistic](forecast)} below ${number(one.below)}`);
  const asked = `objective: ${below.join("; ")}, in nineteen of twenty runs. The current settings ${isMet ? "meet it" : "miss it"}.`;
  if (recommendations.length === 0) {
    const said = `no better setting found among ${tried}${isMet ? ": none is clear of the current pod-seconds" : ""}`;
    return { asked, said, table: null };
  }
  const shown = [...new Set<StatisticId>([...objectives.map(({ statistic }) => statistic), "podSeconds"])];
  const row = (name: string, of: typeof current): string[] => [name, ...shown.map((id) => intervalText(of[id]))];
  return {
    asked,
    said: "Better by this load alone; another load may want other settings:",
    table: {
      header: ["", ...shown.map((id) => STATISTIC_TEXT[id](forecast))],
      rows: [
        row("now", current),
        ...recommendations.map(({ settings, statistics }) => row(settings.join(", "), statistics)),
      ],
    },
  };
}

/** What binds in the run in the middle, stretch by stretch: when, how many are desired, what binds. */
export function bindingRows({ bindings, steps }: Forecast): string[][] {
  const desiredAt = (second: number): number => steps.findLast(({ atSeconds }) => atSeconds <= second)?.desired ?? 0;
  return bindings.map(({ fromSeconds, toSeconds, binds }) => {
    const [from, to] = [desiredAt(fromSeconds), desiredAt(toSeconds - 1)];
    return [`${fromSeconds}–${toSeconds} s`, from === to ? String(from) : `${from} → ${to}`, binds.join(", ")];
  });
}

/** `cooldownPeriod=60, messageCount=20`; empty where nothing is changed. */
export function settingsText({ settings }: Pick<PlanResult, "settings">): string {
  return settings.map(({ name, value }) => `${name}=${value}`).join(", ");
}

/** What the forecast is of: load, throughput, pod starts, simulated runs. */
export function headText({ forecast, planned }: PlanResult): string {
  return `${inputsText(planned)}; ${forecast.runs} runs, seed ${forecast.seed}`;
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
