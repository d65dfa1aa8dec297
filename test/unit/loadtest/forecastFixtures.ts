import type { ScenarioForecast } from "../../../loadtest/model/forecast.ts";
import { backlogScenario, reportWith } from "./reportFixtures.ts";

/** Of the worker's backlog: drained later than nine of ten simulated runs, and not seen until it was idle. */
export function backlogForecast(): Extract<ScenarioForecast, { kind: "made" }> {
  return {
    kind: "made",
    calibratedBy: { startedAt: "2026-11-20T10:00:00.000Z" },
    runs: 100,
    seed: 1,
    workloads: [
      {
        workload: "worker",
        ready: [
          { atSeconds: 0, low: 0, median: 0, high: 0 },
          { atSeconds: 4.5, low: 1, median: 5, high: 8 },
          { atSeconds: 40, low: 8, median: 8, high: 8 },
        ],
        statistics: [
          { id: "firstReadySeconds", low: 3, median: 6, high: 8, measured: 5, isWithin: true },
          { id: "drainedSeconds", low: 30, median: 34, high: 38, measured: 41, isWithin: false },
          { id: "idleSeconds", low: 10, median: 12, high: 15, measured: null, isWithin: null },
          { id: "peakReplicas", low: 8, median: 8, high: 8, measured: 8, isWithin: true },
        ],
      },
    ],
    notSimulated: [{ workload: "api", detail: "its load cannot be repeated" }],
  };
}

export function forecastReport(): ReturnType<typeof reportWith> {
  return reportWith("pass", { ...backlogScenario(), forecast: backlogForecast() });
}
