import type { AutoscalingConfig, TriggerState, WorkloadScaling } from "../../../loadtest/model/autoscaling.ts";
import type { MetricState } from "../../../loadtest/model/metric.ts";
import type { ExternalMetricValue, Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import {
  ABSENT,
  busTrigger,
  deployment,
  GAP,
  LOAD_START_MS,
  sample,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";
import { devLive, pod } from "./timingsRecording.ts";

export const TRIGGER: TriggerState = busTrigger({
  type: "prometheus",
  queue: null,
  target: 10,
  activation: 2,
  metadata: {},
});
export const METRIC = "s0-prometheus";

/** A workload of KEDA that follows no queue of the target. */
export function metricLive(of: Partial<WorkloadScaling> = {}): AutoscalingConfig {
  return devLive({
    worker: {
      targets: [{ metric: { kind: "External", name: METRIC }, target: 10 }],
      keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [TRIGGER] },
      ...of,
    },
  });
}

/** What is there at one second: `undefined` is a gap, `"absent"` was never there. */
export interface MetricSecond {
  replicas: [desired: number, ready: number];
  metrics: ExternalMetricValue[] | "absent" | undefined;
  active: boolean | undefined;
  /** What its HPA reads. */
  hpa?: { current: number; metrics: MetricState[] };
}

export function metricSample(second: number, { replicas, metrics, active, hpa }: MetricSecond): Sample {
  const external: Reading<ExternalMetricValue[]> =
    metrics === "absent" ? ABSENT : metrics === undefined ? GAP : value(metrics);
  const status = active === true ? "True" : "False";
  const made = sample(second, {
    workerDeployment: deployment(...replicas),
    workerAutoscaler: value({ ...WORKER_AUTOSCALER, ...(hpa ?? { metrics: [] }) }),
    workerScaledObject:
      active === undefined
        ? GAP
        : value({ ...SCALED_OBJECT, conditions: { Active: { status, reason: "", message: "" } } }),
  });
  const { api, worker } = made.workloads;
  if (api === undefined || worker === undefined) throw new Error("the fixtures have both");
  return { ...made, workloads: { api, worker: { ...worker, externalMetrics: external } }, queues: {} };
}

/**
 * The metric passes its activation threshold at 10 s and its condition follows at 12 s, with a replica desired; 4 are at 20 s, each is ready 2 s later. The load
 * ends at 60 s, the condition turns false at 65 s, and all are gone at 80 s.
 */
export function metricRun(change: (second: number) => Partial<MetricSecond> = () => ({})): Recording {
  const desiredAt = (second: number): number => (second < 12 ? 0 : second < 20 ? 1 : second < 80 ? 4 : 0);
  const lengths = (second: number): number => (second < 4 ? 0 : second < 10 ? 1 : second < 60 ? 40 : 0);
  return {
    samples: Array.from({ length: 93 }, (_, index) => index - 2).map((second) =>
      metricSample(second, {
        replicas: [desiredAt(second), second >= 80 ? 0 : desiredAt(second - 2)],
        metrics: [{ name: METRIC, value: lengths(second) }],
        active: second >= 12 && second < 65,
        ...change(second),
      }),
    ),
    pods: [pod("worker", { created: 12, ready: 14 }), pod("worker", { created: 20, ready: 22 })],
    loadStartMs: LOAD_START_MS,
    loadEndMs: LOAD_START_MS + 60_000,
    endMs: LOAD_START_MS + 90_000,
  };
}
