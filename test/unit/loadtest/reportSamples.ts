import type {
  AutoscalerState,
  AutoscalingConfig,
  ScaledObjectState,
  ScalingRules,
} from "../../../loadtest/model/autoscaling.ts";
import type { DeploymentState, Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { containerMetric, queueMetric } from "./fixtures.ts";

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
  apiMinimum: 1,
  apiMaximum: 6,
  apiTargets: [
    { metric: containerMetric("cpu", "api", null, 60).metric, target: 60 },
    { metric: containerMetric("memory", "api", null, 80).metric, target: 80 },
  ],
  apiScaleUp: RULES,
  apiScaleDown: RULES,
  workerIdleReplicas: 0,
  workerMaximum: 8,
  workerScaler: "keda",
  workerPollingIntervalSeconds: 5,
  workerCooldownSeconds: 15,
  workerMessagesPerReplica: 50,
  workerActivationMessages: 5,
  workerScaleUp: RULES,
  workerScaleDown: RULES,
  metricsResolutionSeconds: 10,
};

function deployment(desired: number, ready: number): DeploymentState {
  return { desired, ready, replicas: Math.max(desired, ready), rolledOut: true };
}

function apiAutoscaler(desired: number, cpu: number | null): AutoscalerState {
  return {
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
  pausedBy: [],
  minReplicas: 0,
  maxReplicas: 8,
  pollingIntervalSeconds: 5,
  cooldownSeconds: 15,
  queue: "orders",
  messagesPerReplica: 50,
  activationMessages: 5,
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
    readings: {
      apiDeployment: value(deployment(...api)),
      workerDeployment: value(deployment(...worker)),
      apiAutoscaler: value(apiAutoscaler(api[0], cpu)),
      workerAutoscaler: value({
        ...apiAutoscaler(worker[0], null),
        max: 8,
        metrics: [queueMetric(null, 50)],
      }),
      workerScaledObject: value(SCALED_OBJECT),
      queue: value({ active: messages, deadLettered: 0 }),
    },
  };
}

/** Nothing could be read at this moment. */
export function unreadAt(second: number): Sample {
  const { atMs } = sampleAt(second, {});
  return {
    atMs,
    readings: {
      apiDeployment: GAP,
      workerDeployment: GAP,
      apiAutoscaler: GAP,
      workerAutoscaler: GAP,
      workerScaledObject: GAP,
      queue: GAP,
    },
  };
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
