import { isDeepStrictEqual } from "node:util";
import type { ScenarioRun } from "../../loadtest/engine/proofOptions.ts";
import type { AutoscalingConfig } from "../../loadtest/model/autoscaling.ts";
import type { ScenarioForecast } from "../../loadtest/model/forecast.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { Scenario } from "../../loadtest/model/scenario.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { earlierReports } from "./earlierReports.ts";
import { type ForecastWorkload, forecastWorkload, workloadForecastOf } from "./forecastWorkload.ts";

/** A proof whose loads are forecast. */
export interface ForecastProof {
  runs: readonly ScenarioRun[];
  outDir: string;
  profile: string | null;
  namespace: string;
  /** How the workloads scale now; null where it could not be read. */
  live: AutoscalingConfig | null;
}

type None = Extract<ScenarioForecast, { kind: "none" }>;
type Made = Omit<Extract<ScenarioForecast, { kind: "made" }>, "workloads"> & { forecasts: readonly ForecastWorkload[] };

export const FORECAST_RUNS = 100;
const SEED = 1;

/**
 * Forecasts each load of a proof, before the first is run: by the newest earlier report of the same load on the same configuration.
 * @returns what is said of a scenario once it has been run; undefined of one that must scale nothing, or did not get to its load.
 */
export async function forecastRuns(
  proof: ForecastProof,
): Promise<(done: ScenarioReport) => ScenarioForecast | undefined> {
  const scenarios = new Map(proof.runs.map(({ scenario }) => [scenario.name, scenario]));
  const forecasts = new Map<string, Made | None>();
  const left = [...scenarios.values()].filter(({ mustScale }) => mustScale.length > 0);
  for (const scenario of left) {
    const why = notForecast(scenario, proof.live);
    if (why !== undefined) forecasts.set(scenario.name, why);
  }
  const unknown = (): Scenario[] => left.filter(({ name }) => !forecasts.has(name));
  if (unknown().length > 0) {
    for await (const report of earlierReports(proof.outDir)) {
      for (const scenario of unknown()) {
        const earlier = report.scenarios.find((one) => isSameRun(one, scenario, report, proof));
        if (earlier !== undefined) forecasts.set(scenario.name, forecastBy(report, earlier, scenario));
      }
      if (unknown().length === 0) break;
    }
  }
  for (const { name } of unknown()) forecasts.set(name, NO_EARLIER_REPORT);
  return (done) => {
    const forecast = forecasts.get(done.name);
    return done.loadStartedAt === null || forecast === undefined ? undefined : besideRun(forecast, done);
  };
}

const NO_EARLIER_REPORT: None = {
  kind: "none",
  id: "no-earlier-report",
  detail: "beside this report is no earlier one of the same load on the same configuration",
};

function notForecast({ faultInjections }: Scenario, live: AutoscalingConfig | null): None | undefined {
  if (faultInjections.length > 0) return { kind: "none", id: "faults", detail: "faults are not simulated" };
  if (live !== null) return undefined;
  return { kind: "none", id: "configuration-unread", detail: "the configuration could not be read before the load" };
}

/** Whether an earlier run tells of this one: the same load on the same configuration of all that it must scale, run to its end. */
function isSameRun(
  earlier: ScenarioReport,
  { name, load, mustScale }: Scenario,
  report: Report,
  { profile, namespace, live }: ForecastProof,
): boolean {
  const { autoscalingConfig, assertions, verdict, loadEndedAt } = earlier;
  const delivered = assertions.find(({ id }) => id === "load-delivered")?.expected;
  return (
    earlier.name === name &&
    verdict !== "inconclusive" &&
    loadEndedAt !== null &&
    report.profile === profile &&
    report.target.namespace === namespace &&
    delivered !== undefined &&
    "iterations" in delivered &&
    delivered.iterations === load.delivered &&
    mustScale.every(({ workload }) => {
      const [then, now] = [autoscalingConfig?.workloads[workload], live?.workloads[workload]];
      return then !== undefined && now !== undefined && isDeepStrictEqual(plain(then), plain(now));
    })
  );
}

/** Without what is undefined, which report.json leaves out. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function forecastBy(report: Report, earlier: ScenarioReport, { mustScale }: Scenario): Made | None {
  const forecasts: ForecastWorkload[] = [];
  const notSimulated: { workload: string; detail: string }[] = [];
  for (const { workload } of mustScale) {
    try {
      forecasts.push(forecastWorkload(report, earlier, workload, { runs: FORECAST_RUNS, seed: SEED }));
    } catch (error) {
      // Whatever it is: it does not keep the proof from its loads.
      notSimulated.push({ workload, detail: messageOf(error) });
    }
  }
  if (forecasts.length === 0) {
    const detail = notSimulated.map((one) => one.detail).join("; ");
    return { kind: "none", id: "not-simulated", detail };
  }
  const { startedAt } = report;
  const runs = Math.min(...forecasts.map(({ forecast }) => forecast.runs));
  return { kind: "made", calibratedBy: { startedAt }, runs, seed: SEED, forecasts, notSimulated };
}

function besideRun(forecast: Made | None, done: ScenarioReport): ScenarioForecast {
  if (forecast.kind === "none") return forecast;
  const { forecasts, ...made } = forecast;
  return { ...made, workloads: forecasts.map((one) => workloadForecastOf(one, done)) };
}
