import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import { replicasOf } from "../../loadtest/model/observed.ts";
import { valueOf } from "../../loadtest/model/reading.ts";
import type { TimingId } from "../../loadtest/model/timing.ts";
import type { Workload } from "../../loadtest/model/workload.ts";
import type { StatisticId } from "../../loadtest/model/forecast.ts";

/** What a proof measured of what a forecast says; null where it did not. */
export type MeasuredRun = Readonly<Partial<Record<StatisticId, number | null>>>;

const TIMINGS: Readonly<Partial<Record<StatisticId, TimingId>>> = {
  firstReadySeconds: "first-ready",
  allReadySeconds: "all-ready",
  drainedSeconds: "drained",
  idleSeconds: "idle",
};

export function measuredRun(scenario: ScenarioReport, workload: Workload): MeasuredRun {
  const timings = Object.entries(TIMINGS).map(([statistic, id]) => [
    statistic,
    scenario.timings.find((timing) => timing.id === id && timing.workload === workload)?.measuredSeconds ?? null,
  ]);
  const desired = scenario.samples.flatMap((sample) => valueOf(replicasOf(sample, workload))?.desired ?? []);
  return {
    ...(Object.fromEntries(timings) as MeasuredRun),
    podSeconds: scenario.podSeconds.find((one) => one.workload === workload)?.measured ?? null,
    peakReplicas: desired.length === 0 ? null : Math.max(...desired),
  };
}
