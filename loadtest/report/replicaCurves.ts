import { autoscalerOf, replicasOf, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { Workload } from "../model/workload.ts";
import type { Value, WorkloadTrack } from "./chartData.ts";
import { missingIn, pick } from "./columns.ts";

/** A workload's replicas at each moment. */
export function replicaCurves(
  samples: readonly Sample[],
  workload: Workload,
): Pick<WorkloadTrack["replicas"], "desired" | "ready" | "missing"> {
  const readings = samples.map((sample) => replicasOf(sample, workload));
  return {
    desired: readings.map((reading) => pick(reading, ({ desired }) => desired)),
    ready: readings.map((reading) => pick(reading, ({ ready }) => ready)),
    missing: missingIn(readings, `there is no workload ${workload}`),
  };
}

/** Its limits at each moment: a ScaledObject's, else its HPA's. */
export function limitsOf(
  samples: readonly Sample[],
  workload: Workload,
): Pick<WorkloadTrack["replicas"], "minimum" | "maximum"> {
  const limit = (ofKeda: "minReplicas" | "maxReplicas", ofAutoscaler: "min" | "max"): Value[] =>
    samples.map(
      (sample) =>
        pick(scaledObjectOf(sample, workload), (state) => state[ofKeda]) ??
        pick(autoscalerOf(sample, workload), (state) => state[ofAutoscaler]),
    );
  return { minimum: limit("minReplicas", "min"), maximum: limit("maxReplicas", "max") };
}

/** Whether neither an HPA nor a ScaledObject was ever seen, and both were seen to be absent. */
export function isUnscaled(samples: readonly Sample[], workload: Workload): boolean {
  const scalers = [autoscalerOf, scaledObjectOf].map((of) => samples.map((sample) => of(sample, workload).kind));
  return scalers.every((kinds) => kinds.includes("absent") && !kinds.includes("value"));
}
