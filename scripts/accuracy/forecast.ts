import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isWithin, type StatisticId, STATISTICS } from "../../loadtest/model/forecast.ts";
import { forecastOf, intervalsOf, simulatedRuns } from "../../loadtest/planner/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { statisticsOf } from "../../loadtest/planner/statistics.ts";
import { digestOf } from "../process/digest.ts";
import type { Rendered } from "../mutants/variant.ts";
import { plannedWorkload } from "../planning/build.ts";
import { parseCurve } from "../planning/curve.ts";
import type { Objects, ScaledWorkload } from "../planning/scaledWorkload.ts";
import { scaledWorkloads } from "../planning/scaledWorkload.ts";
import { parseSetting, withSetting } from "../planning/settings.ts";
import { ROOT } from "../process/paths.ts";
import { CONCURRENCY, ORDERS } from "./configurations.ts";
import type { Calibration, ForecastEvent } from "./events.ts";
import type { Outcome } from "./outcomes.ts";
import { WORKLOAD } from "./recording.ts";

/** Drawn for each forecast, so that the bounds of nine of ten do not hang on a few. */
const RUNS = 400;
const SEED = 1;

/** The worker as an overlay has it, with changes by `--set` without the workload. */
export function workerIn(objects: readonly Rendered[], settings: readonly string[] = []): ScaledWorkload {
  const found = scaledWorkloads(objects as Objects).workloads.find(({ name }) => name === WORKLOAD);
  if (found === undefined) throw new Error(`the overlay scales no workload ${WORKLOAD}`);
  return settings.map((setting) => parseSetting(`${WORKLOAD}.${setting}`)).reduce(withSetting, found);
}

/** The objects of the overlay with its ScaledObject as the worker has it. */
export function withScaledObjectOf({ autoscaler }: ScaledWorkload, objects: readonly Rendered[]): Rendered[] {
  return objects.map((object) =>
    object.kind === autoscaler.kind && object.metadata?.name === autoscaler.name
      ? { ...object, spec: autoscaler.spec }
      : object,
  );
}

/** The load at its declared size, by what other runs tell of a replica. */
export function plannedRun(worker: ScaledWorkload, known: Omit<Calibration, "runs">): PlannedWorkload {
  const option = `${ORDERS}@0s`;
  const load = { option, workload: WORKLOAD, metric: null, parts: parseCurve(option, option) };
  return plannedWorkload(worker, [load], { ...known, concurrency: CONCURRENCY }).planned;
}

const OPTIONS = { runs: RUNS, seed: SEED, horizonSeconds: null };

export function forecastRun(planned: PlannedWorkload): Pick<ForecastEvent, "seed" | "runs" | "statistics"> {
  const { seed, runs, statistics } = forecastOf(planned, OPTIONS);
  return { seed, runs, statistics };
}

/** A forecast that was written down, beside the runs that the present code simulates. */
export interface PresentForecast {
  /** Whether it forecasts the same. */
  readonly isSame: boolean;
  /** The share of its runs that lie within the band: nine of ten, or more, since it counts in whole seconds. */
  readonly within: Readonly<Record<StatisticId, number>>;
}

/** Takes about as long as the forecast did, 0.2 s. */
export function presentForecast({ planned, forecast: { statistics } }: Outcome): PresentForecast {
  const runs = simulatedRuns(planned, OPTIONS).runs.map((run) => statisticsOf(planned, run));
  const share = (id: StatisticId): number =>
    runs.filter((run) => isWithin(statistics[id], run[id])).length / runs.length;
  return {
    isSame: isDeepStrictEqual(intervalsOf(runs), statistics),
    within: Object.fromEntries(STATISTICS.map((id) => [id, share(id)])) as Record<StatisticId, number>,
  };
}

export function modelDigest(): Promise<string> {
  return digestOf(join(ROOT, "loadtest/planner"), join(ROOT, "loadtest/simulator"));
}
