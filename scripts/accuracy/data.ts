import { join } from "node:path";
import type { RunStatistics } from "../../loadtest/planner/statistics.ts";
import type { ScaledWorkload } from "../planning/scaledWorkload.ts";
import { type AccuracyEvent, readEvents, type RecommendationEvent, recordedRuns } from "./events.ts";
import { plannedRun } from "./forecast.ts";
import { forecastBefore, measuredStatistics, type Outcome } from "./outcomes.ts";
import { readRecording, type RecordedScenario, WORKLOAD } from "./recording.ts";
import { MOST_REPEATS, pairRunName, SIDES, type Side } from "./runs.ts";

/** One run with the current settings and one with the recommended ones. */
export type Pair = Readonly<Record<Side, RunStatistics>>;

export interface MeasuredRecommendation {
  readonly recommendation: RecommendationEvent;
  readonly pairs: readonly Pair[];
}

export interface Accuracy {
  readonly outcomes: readonly Outcome[];
  readonly recommendations: readonly MeasuredRecommendation[];
  readonly voids: readonly Extract<AccuracyEvent, { kind: "void" }>[];
}

/** What was forecast and measured, from the committed events and recordings. @throws {CliError} for a file that is none. */
export async function readAccuracy(folder: string): Promise<Accuracy> {
  const events = await readEvents(join(folder, "events.jsonl"));
  const recordings = await Promise.all(
    recordedRuns(events).map(async (recorded) => ({
      recorded,
      scenario: await readRecording(recorded.run, join(folder, "recordings")),
    })),
  );
  const measured = new Map<string, RunStatistics>();
  const outcomes: Outcome[] = [];
  for (const { recorded, scenario } of recordings) {
    const forecast = forecastBefore(events, recorded);
    // What was measured depends on the settings and the load alone.
    const known = forecast?.calibration ?? { messagesPerSecond: 1, startSeconds: [1], aloneStartSeconds: [] };
    const planned = plannedRun(workerOf(scenario), known);
    const statistics = measuredStatistics(planned, scenario);
    measured.set(recorded.run, statistics);
    if (forecast !== undefined) outcomes.push({ run: recorded.run, planned, forecast, measured: statistics });
  }
  const recommendations = events
    .filter((one) => one.kind === "recommendation")
    .map((recommendation) => ({ recommendation, pairs: pairsOf(recommendation, measured) }));
  return {
    outcomes: outcomes.sort((a, b) => a.run.localeCompare(b.run)),
    recommendations,
    voids: events.filter((one) => one.kind === "void"),
  };
}

function workerOf({ scaledObject: spec }: RecordedScenario): ScaledWorkload {
  return {
    ...{ name: WORKLOAD, kind: "Deployment", object: WORKLOAD, containers: [], graceSeconds: 60 },
    autoscaler: { kind: "ScaledObject", name: WORKLOAD, spec, annotations: {} },
  };
}

/** Those of which both sides are measured. */
function pairsOf(
  { configuration, settings }: RecommendationEvent,
  measured: ReadonlyMap<string, RunStatistics>,
): Pair[] {
  if (settings.length === 0) return [];
  const repeats = Array.from({ length: MOST_REPEATS }, (_, index) => index + 1);
  return repeats.flatMap((repeat) => {
    const [current, recommended] = SIDES.map((side) => measured.get(pairRunName(configuration, side, repeat)));
    return current === undefined || recommended === undefined ? [] : [{ current, recommended }];
  });
}
