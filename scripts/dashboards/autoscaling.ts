import { autoscalingQueries } from "../../loadtest/targets/orders/prometheus/autoscalingQueries.ts";
import { SCOPE, type Curve, type DashboardLayout, type TimeseriesPanel } from "./panels.ts";

const queries = autoscalingQueries(SCOPE);
const REPLICAS = { unit: "short", label: "replicas" };

/** Desired, ready and the limits, on an axis of their own. */
function replicas(service: "api" | "worker"): Curve[] {
  return [
    { expression: queries.desired(service), legend: "desired replicas", right: REPLICAS, style: "steps" },
    { expression: queries.ready(service), legend: "ready replicas", right: REPLICAS, style: "area" },
    { expression: queries.maximum(service), legend: "maximum", right: REPLICAS, style: "dashed steps" },
  ];
}

const apiSignal: Curve[] = [
  { expression: queries.apiSignal("cpu"), legend: "CPU" },
  { expression: queries.apiSignal("memory"), legend: "memory" },
];

const messages: Curve = { expression: queries.workerSignal, legend: "messages waiting and locked" };

const panels = {
  api: {
    title: "API: desired vs ready replicas",
    description:
      "Desired by the HPA: replicas × metric ÷ target, rounded up, of CPU and memory the larger, within the limits. Metrics are of container api alone, in percent of its requests, as the HPA last saw them. Above its target: pods come.",
    unit: "percent",
    axis: "of the request",
    noData: "no HPA named api: is kube-state-metrics up?",
    curves: [
      ...apiSignal,
      { expression: queries.apiTarget("cpu"), legend: "CPU target", style: "dashed" },
      { expression: queries.apiTarget("memory"), legend: "memory target", style: "dashed" },
      ...replicas("api"),
      { expression: queries.minimum("api"), legend: "minimum", right: REPLICAS, style: "dashed steps" },
    ],
    width: 16,
  },
  apiBeside: {
    title: "Control metric: length of the queue",
    description:
      "The worker's metric. Load on the API alone must not change it: if it rises with the API's CPU, one signal leaks into the other.",
    unit: "short",
    axis: "messages",
    noData: "neither the bus nor KEDA reports the queue",
    curves: [messages],
  },
  worker: {
    title: "Worker: desired vs ready replicas",
    description:
      "KEDA recommends one replica for every target of messages, rounded up (dashed: before limits and scaling policies). The last step, to 0, it takes itself when the queue has been empty for the cooldown. Replicas at 0 are 0, not a gap.",
    unit: "short",
    axis: "messages",
    noData: "no ScaledObject named worker: are KEDA and kube-state-metrics up?",
    curves: [
      messages,
      { expression: queries.workerTarget, legend: "target of a replica", style: "dashed" },
      { expression: queries.workerRecommended, legend: "recommended replicas", right: REPLICAS, style: "dashed steps" },
      ...replicas("worker"),
    ],
    width: 16,
  },
  workerBeside: {
    title: "Control metric: CPU and memory of the API",
    description:
      "The API's metrics. Messages on the queue alone must not change them: if they rise with the queue, one signal leaks into the other.",
    unit: "percent",
    axis: "of the request",
    noData: "the HPA has no metrics: is metrics-server up?",
    curves: apiSignal,
  },
  unserved: {
    title: "Time from backlog to first pod",
    description:
      "How long messages have waited while no worker was ready. The peak is the time from backlog to first pod: KEDA's poll, the scheduler, the start. Alert WorkerMissing fires at 60 s.",
    unit: "s",
    alarm: { from: 60 },
    noData: "the queue was not reported yet",
    curves: [{ expression: queries.unservedSeconds, legend: "waiting without a worker", style: "steps" }],
  },
  drain: {
    title: "Time to drain",
    description:
      "How long the queue has not been empty. The peak is how long a backlog took from its first message to its last.",
    unit: "s",
    noData: "the queue has not been empty since Prometheus started",
    curves: [{ expression: queries.backlogSeconds, legend: "since the queue was empty", style: "steps" }],
  },
  podStart: {
    title: "Pods' start time",
    description:
      "From a pod's creation to ready, for each pod that is there. Seconds that are missing between backlog and first order were spent here, or in KEDA's poll. A pod that became unready and ready again shows the later time.",
    unit: "s",
    alarm: { from: 30 },
    noData: "no pod is ready",
    curves: [
      { expression: queries.podStartSeconds("api"), legend: "{{pod}}", style: "steps" },
      { expression: queries.podStartSeconds("worker"), legend: "{{pod}}", style: "steps" },
    ],
  },
  scaler: {
    title: "KEDA's scaler",
    description:
      "Attempts to read the queue that failed, and how long the last one took. While they fail the worker stays as it is, or goes to its fallback. Alerts: WorkerScalerErrors, WorkerScalerFailing.",
    unit: "cps",
    axis: "errors a second",
    alarm: { from: 0.01 },
    noData: "KEDA reports nothing for this namespace: is its operator up?",
    curves: [
      { expression: queries.scalerErrorsPerSecond, legend: "errors" },
      { expression: queries.scalerLatencySeconds, legend: "time to read the queue", right: { unit: "s", label: "" } },
    ],
    width: 24,
  },
} as const satisfies Record<string, TimeseriesPanel>;

/** How many pods there are and why, and how fast they became ready. */
export const autoscaling: DashboardLayout = {
  uid: "ownsignal-autoscaling",
  title: "Autoscaling",
  description:
    "For API and worker: the metric, its target, desired and ready replicas, and the limits; and beside each, as a control, the other's metric.",
  rows: [
    { title: "API, on CPU and memory", panels: [panels.api, panels.apiBeside] },
    { title: "Worker, on the queue's length", panels: [panels.worker, panels.workerBeside] },
    { title: "Reaction time", panels: [panels.unserved, panels.drain, panels.podStart] },
    { title: "KEDA", panels: [panels.scaler] },
  ],
};
