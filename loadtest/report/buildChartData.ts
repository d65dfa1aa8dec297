import type { ScenarioForecast } from "../model/forecast.ts";
import type { Sample } from "../model/observed.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Workload } from "../model/workload.ts";
import type { ChartData, WorkloadTrack } from "./chartData.ts";
import { isUnscaled, limitsOf, replicaCurves } from "./replicaCurves.ts";
import { queueFeeds, signalsOf, unfedQueues } from "./signals.ts";

const HOUR_MS = 3_600_000;
const ORDER = { mustScale: 0, mustNotScale: 2, watched: 4 };

/** The charts of a scenario. */
export function chartDataOf(scenario: ScenarioReport): ChartData {
  const { queue, samples } = scenario;
  const started = scenario.loadStartedAt === null ? undefined : Date.parse(scenario.loadStartedAt);
  const zeroMs = started ?? samples[0]?.atMs ?? Date.parse(scenario.endedAt);
  const ended = scenario.loadEndedAt === null ? null : (Date.parse(scenario.loadEndedAt) - zeroMs) / 1000;
  const roleOf = (workload: Workload): WorkloadTrack["role"] => {
    if (scenario.mustScale.includes(workload)) return "mustScale";
    return scenario.mustNotScale.includes(workload) ? "mustNotScale" : "watched";
  };
  return {
    ...columns(samples, zeroMs, queue === null ? {} : { [queue.name]: queue.workload }, roleOf, scenario.forecast),
    axis: started === undefined ? "clock" : "since load",
    load: started === undefined ? null : { fromSeconds: 0, toSeconds: ended },
  };
}

/**
 * The charts of a cluster that is only watched.
 * @param feeds which workload each queue feeds, as far as it is known.
 */
export function liveChartData(samples: readonly Sample[], feeds: Readonly<Record<string, Workload>>): ChartData {
  // A full hour, so that the axis has round times of day, and keeps them while the window moves on.
  const zeroMs = Math.floor((samples[0]?.atMs ?? 0) / HOUR_MS) * HOUR_MS;
  return { ...columns(samples, zeroMs, feeds, () => "watched"), axis: "clock", load: null };
}

function columns(
  samples: readonly Sample[],
  zeroMs: number,
  known: Readonly<Record<string, Workload>>,
  roleOf: (workload: Workload) => WorkloadTrack["role"],
  forecast?: ScenarioForecast,
): Pick<ChartData, "zeroMs" | "seconds" | "tracks" | "queues"> {
  const workloads = [...new Set(samples.flatMap((sample) => Object.keys(sample.workloads)))];
  const seconds = samples.map(({ atMs }) => Math.round(atMs - zeroMs) / 1000);
  const feeds = queueFeeds(samples, known);
  const tracks = workloads.map((workload): WorkloadTrack => ({
    workload,
    role: roleOf(workload),
    signals: signalsOf(samples, workload, feeds),
    unscaled: isUnscaled(samples, workload),
    replicas: {
      ...replicaCurves(samples, workload),
      ...limitsOf(samples, workload),
      forecast: forecastBand(forecast, workload, seconds),
    },
  }));
  return {
    zeroMs,
    seconds,
    tracks: tracks.sort((one, other) => placeOf(one) - placeOf(other)),
    queues: unfedQueues(samples, feeds),
  };
}

/** The band at each moment from the load's start on. */
function forecastBand(
  forecast: ScenarioForecast | undefined,
  workload: Workload,
  seconds: readonly number[],
): WorkloadTrack["replicas"]["forecast"] {
  if (forecast?.kind !== "made") return null;
  const ready = forecast.workloads.find((one) => one.workload === workload)?.ready;
  if (ready === undefined) return null;
  const steps = seconds.map((second) => ready.findLast(({ atSeconds }) => atSeconds <= second));
  return { low: steps.map((step) => step?.low ?? null), high: steps.map((step) => step?.high ?? null) };
}

/** By its role; within a role what a queue feeds comes first, since the others often fill that queue. */
function placeOf({ role, signals }: WorkloadTrack): number {
  return ORDER[role] + (signals.some(({ queue }) => queue !== null) ? 0 : 1);
}
