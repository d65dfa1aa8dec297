import { join } from "node:path";
import { forecastOf } from "../../loadtest/planner/forecast.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
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

export function forecastRun(planned: PlannedWorkload): Pick<ForecastEvent, "seed" | "runs" | "statistics"> {
  const { seed, runs, statistics } = forecastOf(planned, { runs: RUNS, seed: SEED, horizonSeconds: null });
  return { seed, runs, statistics };
}

export function modelDigest(): Promise<string> {
  return digestOf(join(ROOT, "loadtest/planner"), join(ROOT, "loadtest/simulator"));
}
