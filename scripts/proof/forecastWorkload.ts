import {
  type ForecastStatistic,
  isWithin,
  type StatisticId,
  STATISTICS,
  type WorkloadForecast,
} from "../../loadtest/model/forecast.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import type { Workload } from "../../loadtest/model/workload.ts";
import { type Forecast, forecastOf } from "../../loadtest/planner/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { type RunStatistics, statisticsOf } from "../../loadtest/planner/statistics.ts";
import { plannedWorkload } from "../planning/build.ts";
import { loadInReport, podsInReport, recordedRun, workloadInReport } from "../planning/recorded.ts";

/** A workload's forecast, with what it was made from. */
export interface ForecastWorkload {
  readonly planned: PlannedWorkload;
  readonly forecast: Forecast;
  /** From the load's start to its first message, as it was in the earlier run; 0 where no queue feeds it. */
  readonly beginSeconds: number;
}

/** What its load will do to a workload, by an earlier run of the same. @throws {CliError} where that does not tell. */
export function forecastWorkload(
  report: Report,
  earlier: ScenarioReport,
  workload: Workload,
  { runs, seed }: { runs: number; seed: number },
): ForecastWorkload {
  const scaled = workloadInReport(earlier, workload);
  const { planned } = plannedWorkload(scaled, [loadInReport(earlier, workload)], podsInReport(report, workload));
  const { beginSeconds } = recordedRun(earlier, workload) ?? { beginSeconds: 0 };
  return { planned, beginSeconds, forecast: forecastOf(planned, { runs, seed, horizonSeconds: null }) };
}

/** A forecast beside the run that it is of. */
export function workloadForecastOf(
  { planned, forecast, beginSeconds }: ForecastWorkload,
  done: ScenarioReport,
): WorkloadForecast {
  const { workload } = forecast;
  const run = done.loadEndedAt === null ? null : recordedRun(done, workload);
  const measured =
    run === null ? null : statisticsOf(underLoadOf(planned, done), { seconds: run.seconds, syncs: [], polls: [] });
  const seenSeconds = done.verdict === "inconclusive" ? 0 : (run?.seconds.length ?? 0) - 1;
  return {
    workload,
    ready: readySteps(forecast, beginSeconds),
    statistics: STATISTICS.filter((id) => !isOfQueue(id) || planned.service !== null).map((id) => ({
      id,
      ...forecast.statistics[id],
      measured: measured?.[id] ?? null,
      isWithin: measured === null || seenSeconds <= 0 ? null : held(id, forecast, measured, seenSeconds),
    })),
  };
}

function isOfQueue(id: StatisticId): boolean {
  return id === "drainedSeconds" || id === "orderAgeP95Seconds";
}

/** Where no queue feeds it, it is idle from the load's end on, as that was. */
function underLoadOf(planned: PlannedWorkload, { loadStartedAt, loadEndedAt }: ScenarioReport): PlannedWorkload {
  if (planned.service !== null || loadStartedAt === null || loadEndedAt === null) return planned;
  const endSeconds = (Date.parse(loadEndedAt) - Date.parse(loadStartedAt)) / 1000;
  return { ...planned, load: { ...planned.load, endSeconds } };
}

/** Null where the run was not seen for long enough to tell. */
function held(
  id: StatisticId,
  { statistics }: Forecast,
  measured: RunStatistics,
  seenSeconds: number,
): ForecastStatistic["isWithin"] {
  // A run is observed until its outcome is decided, which may be before it is idle again.
  if (id === "podSeconds" && measured.idleSeconds === null) return null;
  if (measured[id] !== null) return isWithin(statistics[id], measured[id]);
  const { high } = statistics[id];
  const fromSeconds = id === "idleSeconds" ? (measured.drainedSeconds ?? seenSeconds) : 0;
  return high !== null && seenSeconds - fromSeconds > high ? false : null;
}

/** The band of ready replicas: a step where a bound or the median changes, from the load's start on. */
function readySteps({ ready: { low, median, high } }: Forecast, beginSeconds: number): WorkloadForecast["ready"] {
  const rows = median.map((value, second) => ({
    low: low[second] ?? value,
    median: value,
    high: high[second] ?? value,
  }));
  return rows.flatMap((row, second) => {
    const before = rows[second - 1];
    if (before?.low === row.low && before.median === row.median && before.high === row.high) return [];
    return [{ atSeconds: before === undefined ? 0 : Math.round(10 * (second + beginSeconds)) / 10, ...row }];
  });
}
