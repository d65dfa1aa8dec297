import type { StatisticId } from "../../loadtest/model/forecast.ts";
import { recommend } from "../../loadtest/planner/recommend.ts";
import { rendered } from "../mutants/variant.ts";
import { candidatesOf } from "../planning/candidates.ts";
import { parseObjectives } from "../planning/objectives.ts";
import { withSetting } from "../planning/settings.ts";
import { type Configuration, configurationNamed, HIGH_TARGET, LONG_COOLDOWN, overlayOf } from "./configurations.ts";
import type { Calibration, RecommendationEvent } from "./events.ts";
import { modelDigest, plannedRun, workerIn } from "./forecast.ts";

/** Objectives that settings are recommended for, to be measured beside the current ones. */
export interface Asked {
  readonly configuration: Configuration;
  readonly objectives: string;
}

/** One of a configuration. Objectives that the current settings miss, and one that they meet: then less pod-seconds are what is better. */
export const ASKED: readonly Asked[] = [
  { configuration: configurationNamed("pods-policy"), objectives: "drain < 55s" },
  { configuration: configurationNamed("dev"), objectives: "drain < 46s" },
  { configuration: LONG_COOLDOWN, objectives: "drain < 75s" },
  { configuration: HIGH_TARGET, objectives: "drain < 66s" },
];

const RUNS = 100;
const SEED = 1;

/** What `ownsignal plan --recommend` tells first. */
export async function recommendationFor(asked: Asked, calibration: Calibration): Promise<RecommendationEvent> {
  const worker = workerIn(await rendered(overlayOf(asked.configuration)));
  const objectives = parseObjectives(asked.objectives);
  const planned = plannedRun(worker, calibration);
  const { current, isMet, recommendations } = recommend(
    planned,
    candidatesOf({
      plan: { planned, changed: null, measured: null },
      planWith: (settings) => plannedRun(settings.reduce(withSetting, worker), calibration),
    }),
    objectives,
    { runs: RUNS, seed: SEED },
  );
  const [first] = recommendations;
  const missed = objectives
    .filter(({ statistic, below }) => (current[statistic].high ?? Infinity) >= below)
    .map(({ statistic }): StatisticId => statistic);
  return {
    kind: "recommendation",
    configuration: asked.configuration.name,
    madeAt: new Date().toISOString(),
    model: await modelDigest(),
    calibration,
    objectives: asked.objectives,
    settings: [...(first?.settings ?? [])],
    better: isMet ? ["podSeconds"] : missed,
    current,
    recommended: first?.statistics ?? null,
  };
}
