import type { Recording } from "../../../loadtest/model/recording.ts";
import type { AutoscalerState, AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { DeploymentState, Sample } from "../../../loadtest/model/observed.ts";
import type { PodRecord } from "../../../loadtest/model/pods.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { GAP, LOAD_START_MS, SCALE_DOWN, SCALE_UP, queueMetric, containerMetric } from "./fixtures.ts";

/** As overlay dev has it. */
export const LIVE: AutoscalingConfig = {
  apiMinimum: 1,
  apiMaximum: 6,
  apiTargets: [
    { metric: containerMetric("cpu", "api", null, 60).metric, target: 60 },
    { metric: containerMetric("memory", "api", null, 80).metric, target: 80 },
  ],
  apiScaleUp: SCALE_UP,
  apiScaleDown: SCALE_DOWN,
  workerIdleReplicas: 0,
  workerMaximum: 8,
  workerScaler: "keda",
  workerPollingIntervalSeconds: 5,
  workerCooldownSeconds: 15,
  workerMessagesPerReplica: 50,
  workerActivationMessages: 0,
  workerScaleUp: SCALE_UP,
  workerScaleDown: { ...SCALE_DOWN, stabilizationSeconds: 15 },
  metricsResolutionSeconds: 15,
};

/** What is there at one second of a made-up run; what is left out is idle, `undefined` is a gap. */
export interface Second {
  worker?: [desired: number, ready: number] | undefined;
  api?: [desired: number, ready: number] | undefined;
  queue?: number | undefined;
  cpu?: number | null | undefined;
  memory?: number;
  cpuTarget?: number;
  /** KEDA's activation threshold; no ScaledObject is seen where it is left out. */
  activation?: number;
}

function deployment(of: [number, number] | undefined): Reading<DeploymentState> {
  if (of === undefined) return GAP;
  const [desired, ready] = of;
  return { kind: "value", value: { desired, ready, replicas: desired, rolledOut: true } };
}

function autoscaler(max: number, metrics: AutoscalerState["metrics"]): Reading<AutoscalerState> {
  const value = {
    min: 1,
    max,
    current: 1,
    desired: 1,
    scaleUp: SCALE_UP,
    scaleDown: SCALE_DOWN,
    metrics,
    conditions: {},
  };
  return { kind: "value", value };
}

/** One sample, so many seconds after the load's start. */
export function sampleAt(second: number, of: Second): Sample {
  const {
    worker,
    api,
    queue,
    cpu,
    memory = 14,
    cpuTarget = 60,
    activation,
  } = { worker: [0, 0], api: [1, 1], queue: 0, cpu: 9, ...of } as Second;
  return {
    atMs: LOAD_START_MS + second * 1000,
    readings: {
      apiDeployment: deployment(api),
      workerDeployment: deployment(worker),
      apiAutoscaler:
        cpu === undefined
          ? GAP
          : autoscaler(6, [
              containerMetric("cpu", "api", cpu, cpuTarget),
              containerMetric("memory", "api", memory, 80),
            ]),
      workerAutoscaler: autoscaler(8, [queueMetric(null, 50)]),
      workerScaledObject:
        activation === undefined
          ? { kind: "absent" }
          : {
              kind: "value",
              value: {
                pausedBy: [],
                minReplicas: 0,
                maxReplicas: 8,
                pollingIntervalSeconds: 5,
                cooldownSeconds: 15,
                queue: "orders",
                messagesPerReplica: 50,
                activationMessages: activation,
                conditions: {},
              },
            },
      queue: queue === undefined ? GAP : { kind: "value", value: { active: queue, deadLettered: 0 } },
    },
  };
}

/** A pod's life in seconds after the load's start. */
export function pod(
  workload: "api" | "worker",
  { created, started, ready }: { created: number; started?: number; ready: number | null },
): PodRecord {
  const at = (second: number): number => LOAD_START_MS + second * 1000;
  return {
    name: `${workload}-${created}`,
    workload,
    createdMs: at(created),
    ...(started === undefined ? {} : { startedMs: at(started) }),
    readyMs: ready === null ? null : at(ready),
    goneMs: null,
    endedBecause: null,
    restarts: 0,
  };
}

/** A sample a second from 2 s before the load to the end, as `second` says. */
export function recorded(
  lastSecond: number,
  second: (atSecond: number) => Second,
  { loadEnd = 0, pods = [] }: { loadEnd?: number | null; pods?: PodRecord[] } = {},
): Recording {
  return {
    samples: Array.from({ length: lastSecond + 3 }, (_, index) => sampleAt(index - 2, second(index - 2))),
    pods,
    loadStartMs: LOAD_START_MS,
    loadEndMs: loadEnd === null ? null : LOAD_START_MS + loadEnd * 1000,
    endMs: LOAD_START_MS + lastSecond * 1000,
  };
}

/**
 * A backlog of 800 orders at 10 orders/s of a replica, on overlay dev: desired 1 at 3 s, 5 at 8 s, 8 at 23 s, each ready 2 s later; empty at 28 s and
 * back at 0 at 40 s.
 */
export function backlogRun(): Recording {
  const desiredAt = (second: number): number =>
    second < 3 ? 0 : second < 8 ? 1 : second < 23 ? 5 : second < 40 ? 8 : 0;
  const readyAt = (second: number): number => (second >= 40 ? 0 : desiredAt(second - 2));
  let queue = 0;
  const lengths = new Map<number, number>();
  for (let second = -2; second <= 40; second++) {
    if (second === 1) queue = 800;
    if (second > 1) queue = Math.max(0, queue - 10 * readyAt(second - 1));
    lengths.set(second, queue);
  }
  return recorded(40, (second) => ({ worker: [desiredAt(second), readyAt(second)], queue: lengths.get(second) ?? 0 }), {
    pods: [
      pod("worker", { created: 3, started: 4, ready: 5 }),
      pod("worker", { created: 8, started: 9, ready: 10 }),
      pod("worker", { created: 23, started: 24, ready: 26 }),
      pod("worker", { created: -60, started: -59, ready: -20 }),
      pod("api", { created: 5, ready: 30 }),
    ],
  });
}
