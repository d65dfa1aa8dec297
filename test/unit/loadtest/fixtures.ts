import type { Run } from "../../../loadtest/assertions/run.ts";
import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type { MetricState } from "../../../loadtest/model/metric.ts";
import type {
  AutoscalerState,
  AutoscalingConfig,
  ScaledObjectState,
  ScalingRules,
  TriggerState,
  WorkloadScaling,
} from "../../../loadtest/model/autoscaling.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { LoadCounts, LoadResult } from "../../../loadtest/model/load.ts";
import type { QueueState, ReplicaState, Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import type { WorkloadDeclaration } from "../../../loadtest/model/workload.ts";

/** When the load of a made-up run starts. */
export const LOAD_START_MS = Date.UTC(2026, 0, 1);

export const ABSENT = { kind: "absent" } as const;
export const GAP = { kind: "gap", error: "connect ECONNREFUSED" } as const;

export function value<T>(of: T): Reading<T> {
  return { kind: "value", value: of };
}

export function deployment(desired: number, ready = desired): Reading<ReplicaState> {
  return value({ desired, ready, replicas: desired, rolledOut: true });
}

/** What an HPA reads of a container, in percent of its request. */
export function containerMetric(
  name: "cpu" | "memory",
  container: string,
  current: number | null,
  target: number | null,
): MetricState {
  return { metric: { kind: "ContainerResource", name, container }, current, target };
}

/** What KEDA's HPA reads of the queue, in messages a replica. */
export function queueMetric(current: number | null, target: number | null): MetricState {
  return { metric: { kind: "External", name: "s0-azure-servicebus-orders" }, current, target };
}

export const SCALE_UP: ScalingRules = {
  stabilizationSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};

export const SCALE_DOWN: ScalingRules = {
  stabilizationSeconds: 30,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

export const API_AUTOSCALER: AutoscalerState = {
  name: "api",
  min: 1,
  max: 6,
  current: 1,
  desired: 1,
  scaleUp: SCALE_UP,
  scaleDown: SCALE_DOWN,
  metrics: [containerMetric("cpu", "api", 5, 60)],
  conditions: { ScalingActive: { status: "True", reason: "ValidMetricFound", message: "" } },
};

export const WORKER_AUTOSCALER: AutoscalerState = {
  ...API_AUTOSCALER,
  name: "worker",
  max: 8,
  metrics: [queueMetric(0, 50)],
  conditions: { ScalingActive: { status: "False", reason: "ScalingDisabled", message: "scaling is disabled" } },
};

/** The worker's only trigger, but for what is given. */
export function busTrigger(of: Partial<TriggerState> = {}): TriggerState {
  return {
    type: "azure-servicebus",
    name: null,
    queue: "orders",
    target: 50,
    activation: 0,
    metadata: { queueName: "orders", messageCount: "50" },
    ...of,
  };
}

export const SCALED_OBJECT: ScaledObjectState = {
  name: "worker",
  pausedBy: [],
  minReplicas: 0,
  maxReplicas: 8,
  idleReplicas: null,
  pollingIntervalSeconds: 5,
  cooldownSeconds: 15,
  triggers: [busTrigger()],
  formula: null,
  conditions: {
    Ready: { status: "True", reason: "ScaledObjectReady", message: "" },
    Active: { status: "False", reason: "ScalerNotActive", message: "" },
  },
};

export const LIVE_API: WorkloadScaling = {
  scaler: "hpa",
  idleReplicas: 1,
  minReplicas: 1,
  maxReplicas: 6,
  targets: [{ metric: containerMetric("cpu", "api", 5, 60).metric, target: 60 }],
  scaleUp: SCALE_UP,
  scaleDown: SCALE_DOWN,
  keda: null,
};

export const LIVE_WORKER: WorkloadScaling = {
  scaler: "keda",
  idleReplicas: 0,
  minReplicas: 0,
  maxReplicas: 8,
  targets: [{ metric: queueMetric(0, 50).metric, target: 50 }],
  scaleUp: SCALE_UP,
  scaleDown: SCALE_DOWN,
  keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [busTrigger()] },
};

/** What these objects say together, but for what is given. */
export function liveOf(
  of: { api?: Partial<WorkloadScaling>; worker?: Partial<WorkloadScaling> } = {},
): AutoscalingConfig {
  return {
    workloads: { api: { ...LIVE_API, ...of.api }, worker: { ...LIVE_WORKER, ...of.worker } },
    metricsResolutionSeconds: 15,
  };
}

export const LIVE: AutoscalingConfig = liveOf();

/** Every one of 4,000 orders processed once, but for what is given. */
export function ledgerOf(of: Partial<Ledger> = {}): Ledger {
  return {
    accepted: 4000,
    processedOnce: 4000,
    processedAgain: 0,
    waiting: 0,
    deadLettered: { total: 0, byReason: {} },
    deadLetteredAfterCommit: 0,
    lost: 0,
    unconfirmed: { total: 0, processed: 0, waiting: 0, deadLettered: 0, nowhere: 0 },
    duplicatesAbsorbed: 0,
    examples: { lost: [], waiting: [], deadLettered: [], processedAgain: [] },
    ...of,
  };
}

/** The orders system's workloads as its target declares them. */
export const WORKLOADS: readonly WorkloadDeclaration[] = [
  { name: "api", kind: "Deployment", object: "api", namespace: "orders-dev", container: "api", idleReplicas: null },
  {
    name: "worker",
    kind: "Deployment",
    object: "worker",
    namespace: "orders-dev",
    container: "worker",
    idleReplicas: 0,
  },
];

/** What is read of the orders system, each under a name of its own. */
export interface Readings {
  apiDeployment: Reading<ReplicaState>;
  workerDeployment: Reading<ReplicaState>;
  apiAutoscaler: Reading<AutoscalerState>;
  workerAutoscaler: Reading<AutoscalerState>;
  workerScaledObject: Reading<ScaledObjectState>;
  queue: Reading<QueueState>;
}

const IDLE: Readings = {
  apiDeployment: deployment(1),
  workerDeployment: deployment(0),
  apiAutoscaler: value(API_AUTOSCALER),
  workerAutoscaler: value(WORKER_AUTOSCALER),
  workerScaledObject: value(SCALED_OBJECT),
  queue: value({ active: 0, deadLettered: 0 }),
};

/** An idle cluster, seen so many seconds after the load's start, but for what is given. */
export function sample(atSeconds: number, readings: Partial<Readings> = {}): Sample {
  const seen = { ...IDLE, ...readings };
  return {
    atMs: LOAD_START_MS + atSeconds * 1000,
    workloads: {
      api: {
        replicas: seen.apiDeployment,
        autoscaler: seen.apiAutoscaler,
        scaledObject: ABSENT,
        externalMetrics: ABSENT,
      },
      worker: {
        replicas: seen.workerDeployment,
        autoscaler: seen.workerAutoscaler,
        scaledObject: seen.workerScaledObject,
        externalMetrics: ABSENT,
      },
    },
    queues: { queue: seen.queue },
  };
}

/** A sample a second, both ends included; `change` says what differs from idle at that second. */
export function samples(
  fromSeconds: number,
  toSeconds: number,
  change: (atSeconds: number) => Partial<Readings> = () => ({}),
): Sample[] {
  const count = toSeconds - fromSeconds + 1;
  return Array.from({ length: count }, (_, index) => sample(fromSeconds + index, change(fromSeconds + index)));
}

/** All that is read is a gap. */
export function gaps(): Readings {
  return {
    apiDeployment: GAP,
    workerDeployment: GAP,
    apiAutoscaler: GAP,
    workerAutoscaler: GAP,
    workerScaledObject: GAP,
    queue: GAP,
  };
}

export function ran(counts: {
  iterations: number;
  failedRequests?: number;
  droppedIterations?: number;
  requests?: number;
  latencyMs?: LoadCounts["latencyMs"];
}): LoadResult {
  const { iterations, failedRequests = 0, droppedIterations = 0, requests = iterations } = counts;
  const latencyMs = counts.latencyMs ?? { p50: 1, p95: 2, p99: 3, max: 10 };
  return {
    kind: "ran",
    exitCode: failedRequests > 0 ? 99 : 0,
    counts: { iterations, failedRequests, droppedIterations, requests, latencyMs },
  };
}

/** A run that ended by itself, 3 s of load. */
export function run(of: Partial<Run> & Pick<Run, "samples">): Run {
  return {
    loadStartMs: LOAD_START_MS,
    loadEndMs: LOAD_START_MS + 3000,
    endMs: of.samples.at(-1)?.atMs ?? LOAD_START_MS,
    load: ran({ iterations: 40 }),
    cutShort: null,
    ...of,
  };
}

/** Each assertion that is no pass, as `subject/id`, with its status and the ids of its causes. */
export function notPassed(assertions: readonly Assertion[]): Record<string, string> {
  return Object.fromEntries(
    assertions
      .filter(({ status }) => status !== "pass")
      .map(({ id, subject, status, causes }) => [
        `${subject}/${id}`,
        `${status}: ${causes.map((cause) => cause.id).join(", ")}`,
      ]),
  );
}
