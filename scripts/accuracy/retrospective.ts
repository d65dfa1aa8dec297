import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { STATISTICS } from "../../loadtest/model/forecast.ts";
import { seededRandom } from "../../loadtest/model/random.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { simulateWorkload } from "../../loadtest/planner/simulateWorkload.ts";
import { statisticsOf } from "../../loadtest/planner/statistics.ts";
import { drawn } from "../../loadtest/planner/variation.ts";
import { podStarts } from "../planning/recorded.ts";
import type { ScaledWorkload } from "../planning/scaledWorkload.ts";
import { type Calibration, interval, type RecordedEvent } from "./events.ts";
import { forecastRun, plannedRun, SEED } from "./forecast.ts";
import { medianOf } from "./outcomes.ts";
import { type RecordedScenario, WORKLOAD } from "./recording.ts";

/** A recorded run with all that another forecast of it needs. */
export interface RecordedRun {
  readonly recorded: RecordedEvent;
  readonly scenario: RecordedScenario;
  readonly worker: ScaledWorkload;
}

const retrospectiveForecast = z.object({
  run: z.string(),
  statistics: z.record(z.enum(STATISTICS), interval),
  /** Of the first pod, by a forecast that knows this run's own pod start, and not when polls and syncs fall. */
  knowing: z.object({
    medianSeconds: z.number(),
    /** Median of what chance alone leaves of error. */
    expectedErrorSeconds: z.number(),
  }),
});

export const retrospective = z.object({
  /** Digest of the model that made it. */
  model: z.string(),
  /** Of all `knowing` together: half of such forecasts are off by more. */
  expectedErrorSeconds: z.number(),
  forecasts: z.array(retrospectiveForecast),
});
export type Retrospective = z.infer<typeof retrospective>;
export type RetrospectiveForecast = z.infer<typeof retrospectiveForecast>;

/** @throws {Error} for what is no retrospective of this version. */
export async function readRetrospective(folder: string): Promise<Retrospective> {
  return retrospective.parse(JSON.parse(await readFile(retrospectivePath(folder), "utf8")));
}

export function retrospectivePath(folder: string): string {
  return join(folder, "retrospective.json");
}

/** Forecasts of recorded runs by the present model, each calibrated by runs of other configurations alone. */
export function forecastAgain(
  judged: readonly RecordedRun[],
  known: readonly RecordedRun[],
): Omit<Retrospective, "model"> {
  const all: number[] = [];
  const forecasts = judged.map((one): RetrospectiveForecast => {
    const { statistics } = forecastOfOthers(one, known);
    const { medianSeconds, errors } = firstPodKnowing(one);
    all.push(...errors);
    return {
      ...{ run: one.recorded.run, statistics },
      knowing: { medianSeconds, expectedErrorSeconds: rounded(medianOf(errors)) },
    };
  });
  return { expectedErrorSeconds: rounded(medianOf(all)), forecasts };
}

function forecastOfOthers(one: RecordedRun, known: readonly RecordedRun[]): Pick<RetrospectiveForecast, "statistics"> {
  const { statistics } = forecastRun(plannedRun(one.worker, calibrationOfOthers(one, known)));
  return { statistics };
}

/** By all runs of other configurations. @throws {Error} where they show no pod that started. */
export function calibrationOfOthers(
  { recorded: { run } }: Pick<RecordedRun, "recorded">,
  known: readonly RecordedRun[],
): Omit<Calibration, "runs"> {
  return calibrationBy(known.filter(({ recorded }) => configurationOf(recorded.run) !== configurationOf(run)));
}

/** The configuration that a run is of; calibration runs are of dev. */
function configurationOf(run: string): string {
  return run.replace(/-\d+$/, "").replace(/^calibration$/, "dev");
}

function calibrationBy(runs: readonly RecordedRun[]): Omit<Calibration, "runs"> {
  const paces = runs.flatMap(({ recorded }) => recorded.messagesPerSecond ?? []);
  const { startSeconds, aloneStartSeconds } = podStarts(
    runs.map(({ scenario }) => scenario),
    WORKLOAD,
  );
  if (startSeconds === null || paces.length === 0) throw new Error("the runs show no pod that started");
  return {
    messagesPerSecond: paces.reduce((sum, pace) => sum + pace, 0) / paces.length,
    startSeconds: [...startSeconds],
    aloneStartSeconds: [...aloneStartSeconds],
  };
}

/** So long is waited for a first pod at the most. */
const FIRST_POD_SECONDS = 60;
const DRAWS = 400;

/** The first pod's time by chance of polls and syncs alone: its start is the one that was measured. */
function firstPodKnowing({ worker, scenario, recorded }: RecordedRun): { medianSeconds: number; errors: number[] } {
  const planned: PlannedWorkload = plannedRun(worker, {
    messagesPerSecond: recorded.messagesPerSecond ?? 1,
    startSeconds: [firstStartSeconds(scenario)],
    aloneStartSeconds: [],
  });
  const random = seededRandom(SEED);
  const times = Array.from({ length: DRAWS }, () => {
    const run = simulateWorkload(planned, drawn(planned, random), FIRST_POD_SECONDS);
    return statisticsOf(planned, run).firstReadySeconds ?? FIRST_POD_SECONDS;
  });
  const medianSeconds = medianOf(times) ?? FIRST_POD_SECONDS;
  return { medianSeconds, errors: times.map((time) => Math.abs(time - medianSeconds)) };
}

/** Of the pods that were created first the one that was ready first. @throws {Error} where none got ready. */
function firstStartSeconds({ pods, loadStartedAt }: RecordedScenario): number {
  const brought = pods.filter(({ createdMs }) => createdMs >= Date.parse(loadStartedAt ?? "") - 1000);
  const firstMs = Math.min(...brought.map(({ createdMs }) => createdMs));
  const starts = brought.flatMap(({ createdMs, readyMs }) =>
    createdMs === firstMs && readyMs !== null ? [(readyMs - createdMs) / 1000] : [],
  );
  if (starts.length === 0) throw new Error("the recording shows no first pod that got ready");
  return Math.min(...starts);
}

function rounded(seconds: number | undefined): number {
  return Number((seconds ?? 0).toFixed(2));
}
