import type { KubeConfig } from "@kubernetes/client-node";
import type { Deadlines } from "../assertions/progress.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioForecast } from "../model/forecast.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Target } from "../model/target.ts";
import type { ProofTarget } from "./proofTarget.ts";
import type { UndoJournal } from "./undoJournal.ts";

/** A scenario that is run. */
export interface ScenarioRun {
  scenario: Scenario;
  /** Which of several repeats, from 1; null where it is run once. */
  repeat: number | null;
}

/** What a target is made with. */
export interface TargetSurroundings {
  /** The folder of the report and the loads' own files. */
  outDir: string;
  signal: AbortSignal;
  /** Takes a line of progress. */
  log: (line: string) => void;
}

/** What a proof needs to know. */
export interface ProofOptions {
  kubeConfig: KubeConfig;
  /** The k6 binary; loads that are none of k6's do without. */
  k6Path: string;
  /** Made if missing; gets the report and the loads' own files. */
  outDir: string;
  /** In this order. */
  runs: readonly ScenarioRun[];
  /** Reaches the system that is proven. @throws where it cannot be reached. */
  openTarget: (surroundings: TargetSurroundings) => Promise<ProofTarget>;
  /** How much is sent, where the target has profiles, for the report. */
  profile: string | null;
  /** What is proven, and where, for the report. */
  target: Target;
  /** What reproduces this run, for the report. */
  command: string;
  /** Where what is changed in the cluster is written down until it is reverted. */
  journal: UndoJournal;
  /** From which every choice by chance follows, such as the pod that is killed. */
  seed: number;
  /** What was forecast of a run before its load, beside what came of it; undefined where nothing was. */
  forecastOf?: (done: ScenarioReport) => ScenarioForecast | undefined;
  /** Takes a line of progress. */
  log?: (line: string) => void;
  /** Aborted, the proof stops its load at once, restores what it has changed, and reports what it has, inconclusive. */
  signal?: AbortSignal;
  deadlines?: Partial<Deadlines>;
}
