import type { AutoscalerState, DeploymentState, Reading, Sample, Workload } from "./schema.ts";

export type {
  AutoscalerState,
  Condition,
  DeploymentState,
  MetricState,
  Observed,
  QueueState,
  Reading,
  Sample,
  ScaledObjectState,
  ScalingRules,
  Workload,
} from "./schema.ts";

export const ABSENT = { kind: "absent" } as const;

export function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "value" ? reading.value : undefined;
}

export function deploymentOf(sample: Sample, workload: Workload): Reading<DeploymentState> {
  return workload === "api" ? sample.readings.apiDeployment : sample.readings.workerDeployment;
}

export function autoscalerOf(sample: Sample, workload: Workload): Reading<AutoscalerState> {
  return workload === "api" ? sample.readings.apiAutoscaler : sample.readings.workerAutoscaler;
}

/** The newest reading that is no gap; undefined when all are. */
export function lastSeen<T>(samples: readonly Sample[], pick: (sample: Sample) => Reading<T>): Reading<T> | undefined {
  return samples.map(pick).findLast((reading) => reading.kind !== "gap");
}

/** The newest value past any gaps; undefined where it was never read, or where the object was last seen absent. */
export function newest<T>(samples: readonly Sample[], pick: (sample: Sample) => Reading<T>): T | undefined {
  const last = lastSeen(samples, pick);
  return last === undefined ? undefined : valueOf(last);
}

/** The largest number that was read; undefined when none was. */
export function peak(samples: readonly Sample[], pick: (sample: Sample) => number | undefined): number | undefined {
  const numbers = samples.map(pick).filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}
