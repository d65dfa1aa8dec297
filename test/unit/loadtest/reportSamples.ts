import type {
  AutoscalerState,
  AutoscalingConfig,
  ScaledObjectState,
  ScalingRules,
} from "../../../loadtest/model/autoscaling.ts";
import type { ReplicaState, Sample, WorkloadReadings } from "../../../loadtest/model/observed.ts";
import { ABSENT, type Reading } from "../../../loadtest/model/reading.ts";
import { busTrigger, containerMetric, queueMetric } from "./fixtures.ts";

/** When the built scenarios' loads start. */
export const LOAD_START_MS = Date.parse("2026-11-21T18:27:08.000Z");

const RULES: ScalingRules = {
  stabilizationSeconds: 15,
  selectPolicy: "Max",
  policies: [{ type: "Pods", value: 4, periodSeconds: 15 }],
};
const CONDITIONS = { Ready: { status: "True", reason: "Ready", message: "" } };
const GAP = { kind: "gap", error: "HorizontalPodAutoscaler api in orders-dev: the API server answered 503" } as const;

export const LIVE: AutoscalingConfig = {
  workloads: {
    worker: {
      scaler: "keda",
      idleReplicas: 0,
      minReplicas: 0,
      maxReplicas: 8,
      targets: [{ metric: queueMetric(null, 50).metric, target: 50 }],
      scaleUp: RULES,
      scaleDown: RULES,
      keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [busTrigger({ activation: 5 })] },
    },
    api: {
      scaler: "hpa",
      idleReplicas: 1,
      minReplicas: 1,
      maxReplicas: 6,
      targets: [
        { metric: containerMetric("cpu", "api", null, 60).metric, target: 60 },
        { metric: containerMetric("memory", "api", null, 80).metric, target: 80 },
      ],
      scaleUp: RULES,
      scaleDown: RULES,
      keda: null,
    },
  },
  metricsResolutionSeconds: 10,
};

function deployment(desired: number, ready: number): ReplicaState {
  return { desired, ready, replicas: Math.max(desired, ready), rolledOut: true };
}

function apiAutoscaler(desired: number, cpu: number | null): AutoscalerState {
  return {
    name: "api",
    min: 1,
    max: 6,
    current: desired,
    desired,
    scaleUp: RULES,
    scaleDown: RULES,
    metrics: [containerMetric("cpu", "api", cpu, 60), containerMetric("memory", "api", 13, 80)],
    conditions: CONDITIONS,
  };
}

const SCALED_OBJECT: ScaledObjectState = {
  name: "worker",
  pausedBy: [],
  minReplicas: 0,
  maxReplicas: 8,
  pollingIntervalSeconds: 5,
  cooldownSeconds: 15,
  idleReplicas: null,
  triggers: [busTrigger({ activation: 5 })],
  formula: null,
  conditions: CONDITIONS,
};

/** What was seen at a second after the load's start. */
export function sampleAt(
  second: number,
  state: { messages?: number; worker?: [desired: number, ready: number]; api?: [number, number]; cpu?: number | null },
): Sample {
  const { messages = 0, worker = [0, 0], api = [1, 1], cpu = 12 } = state;
  const value = <T>(seen: T): Reading<T> => ({ kind: "value", value: seen });
  return {
    atMs: LOAD_START_MS + second * 1000,
    workloads: {
      api: {
        replicas: value(deployment(...api)),
        autoscaler: value(apiAutoscaler(api[0], cpu)),
        scaledObject: ABSENT,
        externalMetrics: ABSENT,
      },
      worker: {
        replicas: value(deployment(...worker)),
        autoscaler: value({
          ...apiAutoscaler(worker[0], null),
          name: "worker",
          max: 8,
          metrics: [queueMetric(null, 50)],
        }),
        scaledObject: value(SCALED_OBJECT),
        externalMetrics: ABSENT,
      },
    },
    queues: { queue: value({ active: messages, deadLettered: 0 }) },
  };
}

/** Nothing could be read at this moment. */
export function unreadAt(second: number): Sample {
  const { atMs } = sampleAt(second, {});
  return {
    atMs,
    workloads: {
      api: { replicas: GAP, autoscaler: GAP, scaledObject: GAP, externalMetrics: ABSENT },
      worker: { replicas: GAP, autoscaler: GAP, scaledObject: GAP, externalMetrics: ABSENT },
    },
    queues: { queue: GAP },
  };
}

/** The sample with other readings of one workload. */
export function withReadings(sample: Sample, workload: "api" | "worker", readings: Partial<WorkloadReadings>): Sample {
  const before = sample.workloads[workload];
  if (before === undefined) throw new Error(`no ${workload}`);
  return { ...sample, workloads: { ...sample.workloads, [workload]: { ...before, ...readings } } };
}

/** 4,000 messages at second 0, eight workers from second 9, drained at 39, back at 54. */
export function backlogSamples(): Sample[] {
  return Array.from({ length: 70 }, (_, index) => {
    const second = index - 10;
    const messages = second < 1 ? 0 : Math.max(0, 4000 - Math.max(0, second - 6) * 124);
    const desired = second < 2 || second >= 54 ? 0 : second < 9 ? 4 : 8;
    const ready = second < 5 || second >= 55 ? 0 : second < 12 ? 4 : 8;
    return sampleAt(second, { messages, worker: [desired, ready] });
  });
}

/** CPU above its target from second 12 to 50, six API pods at the most. */
export function cpuSamples(): Sample[] {
  return Array.from({ length: 90 }, (_, index) => {
    const second = index - 10;
    const cpu = second < 12 ? 11 : second < 50 ? 180 : 9;
    const pods = second < 15 ? 1 : second < 30 ? 4 : second < 70 ? 6 : 1;
    return sampleAt(second, { api: [pods, second === 15 || second === 30 ? pods - 1 : pods], cpu });
  });
}
