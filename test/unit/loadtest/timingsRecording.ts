import type { Recording } from "../../../loadtest/model/recording.ts";
import type { AutoscalerState, AutoscalingConfig, WorkloadScaling } from "../../../loadtest/model/autoscaling.ts";
import type { ReplicaState, Sample } from "../../../loadtest/model/observed.ts";
import type { PodRecord } from "../../../loadtest/model/pods.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import type { QueueExpectation, ScalingExpectation } from "../../../loadtest/model/scenario.ts";
import type { Workload } from "../../../loadtest/model/workload.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  busTrigger,
  containerMetric,
  GAP,
  liveOf,
  LOAD_START_MS,
  queueMetric,
  sample,
  SCALE_DOWN,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

/** As overlay dev has it, but for what is given. */
export function devLive(
  of: { api?: Partial<WorkloadScaling>; worker?: Partial<WorkloadScaling> } = {},
): AutoscalingConfig {
  return liveOf({
    api: {
      targets: [
        { metric: containerMetric("cpu", "api", null, 60).metric, target: 60 },
        { metric: containerMetric("memory", "api", null, 80).metric, target: 80 },
      ],
      ...of.api,
    },
    worker: { scaleDown: { ...SCALE_DOWN, stabilizationSeconds: 15 }, ...of.worker },
  });
}

export const LIVE: AutoscalingConfig = devLive();

/** The queue that feeds the worker. */
export const QUEUE: QueueExpectation = {
  name: "queue",
  workload: "worker",
  expected: "drains",
  messages: null,
  belowThreshold: null,
};

/** What timings need to know of a workload under test is its name. */
export function mustScale(...workloads: readonly Workload[]): ScalingExpectation[] {
  return workloads.map((workload) => ({
    workload,
    metric: { kind: "any", name: null },
    atLeast: 1,
    within: { seconds: 60, after: "load-start" },
    scaleIn: { asserted: true, objectiveSeconds: 60 },
  }));
}

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

function deployment(of: [number, number] | undefined): Reading<ReplicaState> {
  if (of === undefined) return GAP;
  const [desired, ready] = of;
  return value({ desired, ready, replicas: desired, rolledOut: true });
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
  const metrics = (read: number | null): AutoscalerState["metrics"] => [
    containerMetric("cpu", "api", read, cpuTarget),
    containerMetric("memory", "api", memory, 80),
  ];
  return sample(second, {
    apiDeployment: deployment(api),
    workerDeployment: deployment(worker),
    apiAutoscaler: cpu === undefined ? GAP : value({ ...API_AUTOSCALER, metrics: metrics(cpu) }),
    workerAutoscaler: value({ ...WORKER_AUTOSCALER, metrics: [queueMetric(null, 50)] }),
    workerScaledObject:
      activation === undefined ? ABSENT : value({ ...SCALED_OBJECT, triggers: [busTrigger({ activation })] }),
    queue: queue === undefined ? GAP : value({ active: queue, deadLettered: 0 }),
  });
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
