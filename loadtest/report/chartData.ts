import type { Sample } from "../model/observed.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Workload } from "../model/workload.ts";
import type { Unit } from "./amount.ts";
import { queueFeeds, signalsOf, unfedQueues } from "./signals.ts";
import { isUnscaled, limitsOf, replicaCurves } from "./replicaCurves.ts";

/**
 * What the charts show, in the report and in the live view: samples turned into columns, a value for each moment. It has only what is
 * shown, since a sample with all its conditions is fifty times as long. Times are seconds after `zeroMs`.
 */
export interface ChartData {
  /** What the axis counts from, in milliseconds since 1970: the load's start, or where there is none any moment at all. */
  zeroMs: number;
  /** Whether the axis shows seconds since `zeroMs`, or the time of day. */
  axis: "since load" | "clock";
  /** The moments, in order. */
  seconds: number[];
  /** When the load ran; null where there was none. `toSeconds` is null where its end was not seen. */
  load: { fromSeconds: number; toSeconds: number | null } | null;
  /** The workloads under test first. */
  tracks: WorkloadTrack[];
  /** Queues of which it is not known which workload they feed. */
  queues: Signal[];
}

/** A value at a moment; null where there is none, and `missing` says why. Never 0 for something that was not seen. */
export type Value = number | null;

/** One workload over time: its scaling signals, and its replicas. */
export interface WorkloadTrack {
  workload: Workload;
  role: "mustScale" | "mustNotScale" | "watched";
  signals: Signal[];
  /** Whether it was seen to have no autoscaler at all. */
  unscaled: boolean;
  replicas: {
    desired: Value[];
    ready: Value[];
    minimum: Value[];
    maximum: Value[];
    missing: Missing[];
  };
}

/** One thing that a workload scales on. */
export interface Signal {
  /** `CPU`, `memory`, `messages`, or the metric's own name; one that stands for several has the container or the queue behind it. */
  name: string;
  /** The queue whose messages these are, by its name; null of a metric. */
  queue: string | null;
  unit: Unit;
  current: Value[];
  /** Where it is shared, what one replica gets of it; else what `current` itself is held against. */
  target: Value[];
  /** Whether `current` is of all replicas together, to be shared by them. */
  shared: boolean;
  /** How many replicas it recommends by itself, before limits, windows and scaling policies. */
  recommended: Value[];
  missing: Missing[];
}

/** A stretch of moments without a value: it could not be read (`gap`), or there was nothing (`absent`). */
export interface Missing {
  kind: "gap" | "absent";
  /** Indices into `seconds`, both included. */
  from: number;
  to: number;
  why: string;
}

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
    ...columns(samples, zeroMs, queue === null ? {} : { [queue.name]: queue.workload }, roleOf),
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
): Pick<ChartData, "zeroMs" | "seconds" | "tracks" | "queues"> {
  const workloads = [...new Set(samples.flatMap((sample) => Object.keys(sample.workloads)))];
  const feeds = queueFeeds(samples, known);
  const tracks = workloads.map((workload): WorkloadTrack => ({
    workload,
    role: roleOf(workload),
    signals: signalsOf(samples, workload, feeds),
    unscaled: isUnscaled(samples, workload),
    replicas: { ...replicaCurves(samples, workload), ...limitsOf(samples, workload) },
  }));
  return {
    zeroMs,
    seconds: samples.map(({ atMs }) => Math.round(atMs - zeroMs) / 1000),
    tracks: tracks.sort((one, other) => placeOf(one) - placeOf(other)),
    queues: unfedQueues(samples, feeds),
  };
}

/** By its role; within a role what a queue feeds comes first, since the others often fill that queue. */
function placeOf({ role, signals }: WorkloadTrack): number {
  return ORDER[role] + (signals.some(({ queue }) => queue !== null) ? 0 : 1);
}
