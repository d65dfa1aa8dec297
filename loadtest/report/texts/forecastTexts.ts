import type { ForecastStatistic, Interval, ScenarioForecast, StatisticId } from "../../model/forecast.ts";
import { formatCount, formatDuration, formatNumber, formatSeen } from "../format.ts";

const NAMES: Readonly<Record<StatisticId, string>> = {
  firstReadySeconds: "first pod ready",
  allReadySeconds: "all pods ready",
  drainedSeconds: "drain",
  idleSeconds: "idle after that",
  orderAgeP95Seconds: "age of a message, p95",
  podSeconds: "pod-seconds",
  peakReplicas: "most replicas",
  directionChanges: "changes of direction",
};
const NUMBERS: ReadonlySet<StatisticId> = new Set(["podSeconds", "peakReplicas", "directionChanges"]);

export function statisticName(id: StatisticId): string {
  return NAMES[id];
}

/** A number of a run, `41 s`, or that it was not seen. */
export function statisticValue(id: StatisticId, value: number | null): string {
  return NUMBERS.has(id) && value !== null ? formatNumber(value) : formatSeen(value);
}

/** The bounds of nine of ten runs: `30 to 38 s`, `8`. */
export function bandText(id: StatisticId, { low, high }: Pick<Interval, "low" | "high">): string {
  if (low === null) return "not within the time that was simulated";
  if (low === high) return statisticValue(id, low);
  if (high === null) return `${statisticValue(id, low)} or more`;
  const unitOnce = !NUMBERS.has(id) && low >= 1 && high < 60;
  return `${unitOnce ? formatDuration(low).replace(/ s$/, "") : statisticValue(id, low)} to ${statisticValue(id, high)}`;
}

/** What a forecast came to, in a sentence; undefined where there is none to speak of. */
export function forecastText(forecast: ScenarioForecast | undefined): string | undefined {
  if (forecast === undefined) return undefined;
  if (forecast.kind === "none") return `no forecast: ${forecast.detail}`;
  const judged = forecast.workloads.flatMap(({ workload, statistics }) =>
    statistics.filter(({ isWithin }) => isWithin !== null).map((one) => ({ workload, ...one })),
  );
  if (judged.length === 0) return "the forecast cannot be held against this run, which was not seen to its end";
  const outside = judged.filter(({ isWithin }) => isWithin === false);
  if (outside.length === 0) return `${formatCount(judged.length, "figure")}, all within the forecast's 90 % bands`;
  const several = forecast.workloads.length > 1;
  const said = outside.map((one) => `${several ? `${one.workload}: ` : ""}${outsideText(one)}`);
  return `${said.join("; ")} (${formatNumber(judged.length - outside.length)} of ${formatCount(judged.length, "figure")} within)`;
}

function outsideText(statistic: ForecastStatistic): string {
  const { id, measured } = statistic;
  return `${statisticName(id)} ${statisticValue(id, measured)}, outside the forecast's 90 % band ${bandText(id, statistic)}`;
}
