import { isResource, isSameMetric } from "../model/metric.ts";
import type { AutoscalerState, ScaledObjectState } from "../model/autoscaling.ts";
import type { DeploymentState, Sample } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Workload } from "../model/workload.ts";

/**
 * What the charts show, in the report and in the live view: samples turned into columns, a value for each moment. It has only what is
 * shown, since a sample with all its conditions is fifty times as long. Times are seconds after `zeroMs`.
 */
export interface ChartData {
  /** What the axis counts from, in milliseconds since 1970: the load's start, or where there is none any moment at all. */
  zeroMs: number;
  /** Whether the axis shows seconds since `zeroMs`, or the time of day. */
  axis: "since load" | "clock";
  /** The moments, in order. */
  seconds: number[];
  /** When the load ran; null where there was none. `toSeconds` is null where its end was not seen. */
  load: { fromSeconds: number; toSeconds: number | null } | null;
  /** The workload under test first. */
  tracks: WorkloadTrack[];
}

/** A value at a moment; null where there is none, and `missing` says why. Never 0 for something that was not seen. */
export type Value = number | null;

/** One workload over time: its scaling signals, and its replicas. */
export interface WorkloadTrack {
  workload: Workload;
  role: "mustScale" | "mustNotScale" | "watched";
  signals: Signal[];
  replicas: {
    desired: Value[];
    ready: Value[];
    minimum: Value[];
    maximum: Value[];
    missing: Missing[];
  };
}

export type Unit = "percent" | "messages";

/** One thing that a workload scales on. */
export interface Signal {
  /** `CPU`, `memory` or `messages`. */
  name: string;
  /** Percent is that of what the container requests. */
  unit: Unit;
  current: Value[];
  /** Percent, or messages a replica. */
  target: Value[];
  /** How many replicas it recommends by itself, before limits, windows and scaling policies. */
  recommended: Value[];
  missing: Missing[];
}

/** A stretch of moments without a value: it could not be read (`gap`), or there was nothing (`absent`). */
export interface Missing {
  kind: "gap" | "absent";
  /** Indices into `seconds`, both included. */
  from: number;
  to: number;
  why: string;
}

/** Within this share of its target a signal recommends no change: `--horizontal-pod-autoscaler-tolerance` as it is by default. */
const TOLERANCE = 0.1;
const HOUR_MS = 3_600_000;

/** The charts of a scenario. */
export function chartDataOf(scenario: ScenarioReport): ChartData {
  const started = scenario.loadStartedAt === null ? undefined : Date.parse(scenario.loadStartedAt);
  const zeroMs = started ?? scenario.samples[0]?.atMs ?? Date.parse(scenario.endedAt);
  const ended = scenario.loadEndedAt === null ? null : (Date.parse(scenario.loadEndedAt) - zeroMs) / 1000;
  const roleOf = (workload: Workload): WorkloadTrack["role"] => {
    if (scenario.mustScale.includes(workload)) return "mustScale";
    return scenario.mustNotScale.includes(workload) ? "mustNotScale" : "watched";
  };
  return {
    ...columns(scenario.samples, zeroMs, roleOf),
    axis: started === undefined ? "clock" : "since load",
    load: started === undefined ? null : { fromSeconds: 0, toSeconds: ended },
  };
}

/** The charts of a cluster that is only watched. */
export function liveChartData(samples: readonly Sample[]): ChartData {
  // A full hour, so that the axis has round times of day, and keeps them while the window moves on.
  const zeroMs = Math.floor((samples[0]?.atMs ?? 0) / HOUR_MS) * HOUR_MS;
  return { ...columns(samples, zeroMs, () => "watched"), axis: "clock", load: null };
}

function columns(
  samples: readonly Sample[],
  zeroMs: number,
  roleOf: (workload: Workload) => WorkloadTrack["role"],
): Pick<ChartData, "zeroMs" | "seconds" | "tracks"> {
  const order = { mustScale: 0, mustNotScale: 1, watched: 2 };
  const tracks = [workerTrack(samples, roleOf("worker")), apiTrack(samples, roleOf("api"))];
  return {
    zeroMs,
    seconds: samples.map(({ atMs }) => Math.round(atMs - zeroMs) / 1000),
    tracks: tracks.sort((one, other) => order[one.role] - order[other.role]),
  };
}

function apiTrack(samples: readonly Sample[], role: WorkloadTrack["role"]): WorkloadTrack {
  const deployments = samples.map(({ readings }) => readings.apiDeployment);
  const autoscalers = samples.map(({ readings }) => readings.apiAutoscaler);
  return {
    workload: "api",
    role,
    signals: resourceSignals("api", autoscalers, deployments),
    replicas: {
      ...replicasOf("api", deployments),
      minimum: autoscalers.map((reading) => pick(reading, ({ min }) => min)),
      maximum: autoscalers.map((reading) => pick(reading, ({ max }) => max)),
    },
  };
}

function workerTrack(samples: readonly Sample[], role: WorkloadTrack["role"]): WorkloadTrack {
  const deployments = samples.map(({ readings }) => readings.workerDeployment);
  const autoscalers = samples.map(({ readings }) => readings.workerAutoscaler);
  const scaledObjects = samples.map(({ readings }) => readings.workerScaledObject);
  const queues = samples.map(({ readings }) => readings.queue);
  const current = queues.map((reading) => pick(reading, ({ active }) => active));
  const target = samples.map((_sample, index) => messagesTarget(scaledObjects[index], autoscalers[index]));
  const messages: Signal = {
    name: "messages",
    unit: "messages",
    current,
    target,
    recommended: current.map((value, index) => {
      const each = target[index] ?? null;
      return value === null || each === null || each <= 0 ? null : Math.ceil(value / each);
    }),
    missing: missingIn(queues, "there is no such queue"),
  };
  const limit = (name: "minReplicas" | "maxReplicas", ofAutoscaler: "min" | "max"): Value[] =>
    samples.map((_sample, index) => {
      const fromKeda = pick(scaledObjects[index], (state) => state[name]);
      return fromKeda ?? pick(autoscalers[index], (state) => state[ofAutoscaler]);
    });
  return {
    workload: "worker",
    role,
    signals: [messages, ...resourceSignals("worker", autoscalers, deployments)],
    replicas: {
      ...replicasOf("worker", deployments),
      minimum: limit("minReplicas", "min"),
      maximum: limit("maxReplicas", "max"),
    },
  };
}

/** Messages a replica, from the ScaledObject, else from its HPA. */
function messagesTarget(
  scaledObject: Reading<ScaledObjectState> | undefined,
  autoscaler: Reading<AutoscalerState> | undefined,
): Value {
  return (
    pick(scaledObject, ({ messagesPerReplica }) => messagesPerReplica) ??
    pick(autoscaler, ({ metrics }) => metrics.find(({ metric }) => !isResource(metric))?.target ?? null) ??
    null
  );
}

/** What an HPA reads of containers, by the names that it was ever seen to have. */
function resourceSignals(
  workload: Workload,
  autoscalers: readonly Reading<AutoscalerState>[],
  deployments: readonly Reading<DeploymentState>[],
): Signal[] {
  const metrics = autoscalers
    .flatMap((reading) => (reading.kind === "value" ? reading.value.metrics.map(({ metric }) => metric) : []))
    .filter((metric, index, all) => isResource(metric) && all.findIndex((one) => isSameMetric(one, metric)) === index);
  return metrics.map((metric) => {
    const states = autoscalers.map((reading) =>
      reading.kind === "value" ? reading.value.metrics.find((one) => isSameMetric(one.metric, metric)) : undefined,
    );
    const current = states.map((state) => state?.current ?? null);
    const target = states.map((state) => state?.target ?? null);
    return {
      name: metric.name === "cpu" ? "CPU" : metric.name,
      unit: "percent",
      current,
      target,
      recommended: current.map((value, index) =>
        recommendedReplicas(
          value,
          target[index] ?? null,
          pick(deployments[index], ({ desired }) => desired),
        ),
      ),
      missing: missingIn(
        autoscalers.map((reading, index): Reading<unknown> => {
          // An HPA that is there and has no figure: of a workload at 0 there is nothing to measure.
          return reading.kind === "value" && current[index] === null ? { kind: "absent" } : reading;
        }),
        `HPA ${workload} has no figure`,
      ),
    };
  });
}

/**
 * `replicas × current ÷ target`, rounded up, and no change within the tolerance.
 * See https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
function recommendedReplicas(current: Value, target: Value, replicas: Value): Value {
  if (current === null || target === null || target <= 0 || replicas === null) return null;
  const ratio = current / target;
  return Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(replicas * ratio);
}

function replicasOf(
  workload: Workload,
  deployments: readonly Reading<DeploymentState>[],
): Pick<WorkloadTrack["replicas"], "desired" | "ready" | "missing"> {
  return {
    desired: deployments.map((reading) => pick(reading, ({ desired }) => desired)),
    ready: deployments.map((reading) => pick(reading, ({ ready }) => ready)),
    missing: missingIn(deployments, `there is no Deployment ${workload}`),
  };
}

function pick<T>(reading: Reading<T> | undefined, of: (value: T) => Value): Value {
  return reading?.kind === "value" ? of(reading.value) : null;
}

function missingIn(readings: readonly Reading<unknown>[], whenAbsent: string): Missing[] {
  const stretches: Missing[] = [];
  readings.forEach((reading, index) => {
    if (reading.kind === "value") return;
    const why = reading.kind === "gap" ? reading.error : whenAbsent;
    const last = stretches.at(-1);
    if (last?.to === index - 1 && last.kind === reading.kind) last.to = index;
    else stretches.push({ kind: reading.kind, from: index, to: index, why });
  });
  return stretches;
}
