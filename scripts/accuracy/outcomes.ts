import { queueFed } from "../../loadtest/timings/signals.ts";
import { isWithin, type StatisticId } from "../../loadtest/model/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { recordedSeconds } from "../planning/recordedSeconds.ts";
import { type RunStatistics, statisticsOf } from "../../loadtest/planner/statistics.ts";
import { recordingOf } from "../planning/recorded.ts";
import { ORDERS } from "./configurations.ts";
import type { AccuracyEvent, ForecastEvent, RecordedEvent } from "./events.ts";
import { type RecordedScenario, WORKLOAD } from "./recording.ts";

/** Bands, beside what came of them. */
export interface Judged {
  readonly forecast: Pick<ForecastEvent, "statistics">;
  readonly measured: RunStatistics;
}

/** A forecast that was written down before its run, beside what came of it. */
export interface Outcome extends Judged {
  readonly run: string;
  readonly forecast: ForecastEvent;
  readonly planned: PlannedWorkload;
}

/** What was measured of a recorded run. @throws {Error} where its load or its queue was not seen, which a recorded run has. */
export function measuredStatistics(planned: PlannedWorkload, scenario: RecordedScenario): RunStatistics {
  const { autoscalingConfig, queue } = scenario;
  const fed = autoscalingConfig === null ? undefined : queueFed(autoscalingConfig, WORKLOAD, queue);
  const of = { workload: WORKLOAD, fed, messages: ORDERS };
  const seconds = fed === undefined ? null : recordedSeconds(recordingOf(scenario), of);
  if (seconds === null) throw new Error(`the recording of ${scenario.name} shows no backlog`);
  return statisticsOf(planned, { seconds, syncs: [], polls: [] });
}

/** The forecast of a run: the last that was written before its load began; undefined where there is none. */
export function forecastBefore(
  events: readonly AccuracyEvent[],
  { run, loadStartedAt }: Pick<RecordedEvent, "run" | "loadStartedAt">,
): ForecastEvent | undefined {
  return events
    .filter((one) => one.kind === "forecast")
    .findLast((one) => one.run === run && Date.parse(one.madeAt) < Date.parse(loadStartedAt));
}

/** By how much a median was off. Undefined where either did not happen. */
export function errorOf({ forecast, measured }: Outcome, id: StatisticId): number | undefined {
  const median = forecast.statistics[id].median;
  const value = measured[id];
  return median === null || value === null ? undefined : Math.abs(median - value);
}

export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** Of all runs, in how many a statistic was within its bounds. */
export function heldIn(outcomes: readonly Judged[], id: StatisticId): number {
  return outcomes.filter(({ forecast, measured }) => isWithin(forecast.statistics[id], measured[id])).length;
}
