import type { Objective } from "../../loadtest/planner/recommend.ts";
import type { Setting } from "./settings.ts";

/** A value for one workload, or for all where none is named. */
export interface ForWorkload<T> {
  readonly workload: string | null;
  readonly value: T;
}

/** A load option, whose curve is not read yet: it may name a file. */
export interface LoadText {
  readonly option: string;
  readonly workload: string;
  readonly metric: string | null;
  readonly curve: string;
}

export interface PlanRequest {
  readonly overlay: string | undefined;
  readonly file: string | undefined;
  readonly loads: readonly LoadText[];
  readonly from: string | undefined;
  readonly scenario: string | undefined;
  readonly calibrate: string | undefined;
  readonly rates: readonly ForWorkload<number>[];
  readonly concurrencies: readonly ForWorkload<number>[];
  readonly starts: readonly ForWorkload<number>[];
  readonly settings: readonly Setting[];
  /** Settings that are each forecast alone, one beside the other; empty where none are. */
  readonly sweeps: readonly Setting[];
  /** Objectives that settings are looked for by; empty where none are. */
  readonly objectives: readonly Objective[];
  /** Whether the file is tried on mutants of the manifests. */
  readonly mutate: boolean;
  readonly forSeconds: number | undefined;
  readonly runs: number;
  readonly seed: number;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly json: boolean;
  /** A file for the forecasts as a page. */
  readonly html: string | undefined;
}
