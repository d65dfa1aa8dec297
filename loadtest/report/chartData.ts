import type { Workload } from "../model/workload.ts";
import type { Unit } from "./amount.ts";

/**
 * What the charts show, in the report and in the live view: samples turned into columns, a value for each moment. It has only what is
 * shown, since a sample with all its conditions is fifty times as long. Times are seconds after `zeroMs`.
 */
export interface ChartData {
  /** What the axis counts from, in milliseconds since 1970: the load's start, or where there is none any moment at all. */
  zeroMs: number;
  /** Whether the axis shows seconds since `zeroMs`, or the time of day. What is simulated has no time of day. */
  axis: "since load" | "simulated" | "clock";
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
    /** Of ready replicas the bounds of nine of ten simulated runs; null where there is no forecast. */
    forecast: { low: Value[]; high: Value[] } | null;
    missing: Missing[];
  };
  /** Why there are as many at each moment, where that is known otherwise than by what its signals recommend. */
  because?: string[];
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
