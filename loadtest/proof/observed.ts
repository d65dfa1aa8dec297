/** One thing that was looked at once: what it held, that it is not there, or that nobody can say. A failed read is never a zero. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "gap"; readonly error: string };

export const ABSENT = { kind: "absent" } as const;

export function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "value" ? reading.value : undefined;
}

/** A Deployment's replicas. */
export interface DeploymentState {
  /** `spec.replicas`: what its autoscaler, or a person, has asked for. */
  wanted: number;
  /** `status.replicas`: pods that exist, ready or not. */
  replicas: number;
  ready: number;
  /** Whether the controller has seen this generation and every pod is of it. */
  rolledOut: boolean;
}

export interface Condition {
  status: string;
  reason: string;
  message: string;
}

/** One metric of an HPA, in the metric's own unit: percent of the request, or messages a replica. */
export interface MetricState {
  name: string;
  /** Null where the HPA has no reading. */
  current: number | null;
  target: number | null;
}

/** A HorizontalPodAutoscaler. */
export interface AutoscalerState {
  min: number;
  max: number;
  current: number;
  desired: number;
  scaleDownStabilisationSeconds: number;
  metrics: MetricState[];
  conditions: Record<string, Condition>;
}

/** A KEDA ScaledObject. */
export interface ScaledObjectState {
  /** The annotations that pause it, with their values; none when it works. */
  pausedBy: string[];
  minReplicas: number;
  maxReplicas: number;
  pollingIntervalSeconds: number;
  cooldownSeconds: number;
  conditions: Record<string, Condition>;
}

/** The queue's counts, as the bus's management API gives them. */
export interface QueueState {
  /** Waiting, or locked by a worker. */
  active: number;
  deadLettered: number;
}

/** All that is looked at once a second. */
export interface Observed {
  apiDeployment: DeploymentState;
  workerDeployment: DeploymentState;
  apiAutoscaler: AutoscalerState;
  workerAutoscaler: AutoscalerState;
  workerScaledObject: ScaledObjectState;
  queue: QueueState;
}

/** What was seen at one moment. */
export interface Sample<T = Observed> {
  /** When it was due, in milliseconds since 1970. */
  atMs: number;
  readings: { readonly [Key in keyof T]: Reading<T[Key]> };
}

/** The two workloads that scale. */
export type Workload = "api" | "worker";

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
