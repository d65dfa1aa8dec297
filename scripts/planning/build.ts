import type { PlannedLoad, PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import type { UsageScript } from "../../loadtest/simulator/simulateHpa.ts";
import type { Steps } from "../../loadtest/simulator/steps.ts";
import { CliError } from "../process/cliError.ts";
import { hpaOfScaler, type LoadMetric, loadMetrics, scalerOf } from "./autoscaler.ts";
import { arrivalsOf, type CurvePart, endOf, levelSteps } from "./curve.ts";
import type { PlanNote } from "./notes.ts";
import type { ScaledWorkload } from "./scaledWorkload.ts";

/** A load of a workload as an option gives it. */
export interface LoadOption {
  /** The option as it was written. */
  readonly option: string;
  readonly workload: string;
  /** Null: the only metric there is. */
  readonly metric: string | null;
  readonly parts: readonly CurvePart[];
}

/** What is known of a workload's pods, each null where it is not. */
export interface KnownPods {
  readonly messagesPerSecond: number | null;
  readonly concurrency: number | null;
  readonly startSeconds: readonly number[] | null;
  /** Of pods that were created alone; empty where none was seen. */
  readonly aloneStartSeconds: readonly number[];
}

/** @throws {CliError} for what is missing or cannot be simulated, with how to get it. */
export function plannedWorkload(
  workload: ScaledWorkload,
  loads: readonly LoadOption[],
  known: KnownPods,
): { planned: PlannedWorkload; notes: PlanNote[] } {
  const { name } = workload;
  const scaler = scalerOf(workload.autoscaler, name);
  const metrics = loadMetrics(scaler);
  const queues = metrics.filter(({ kind }) => kind === "queue");
  if (queues.length > 1) {
    throw new CliError(
      `${name} scales on ${queues.length} queues, ${queues.map((one) => one.name).join(" and ")}: a consumer of several queues cannot be simulated`,
      "leave this workload out: give it no --load",
    );
  }
  const given = loads.map((load) => ({ ...load, of: metricOf(load, metrics) }));
  const missing = metrics.filter((metric) => !given.some(({ of }) => of === metric));
  const isFed = given.some(({ of }) => of.kind === "queue");
  const start = known.startSeconds ?? [];
  const [first, ...rest] = start;
  if (first === undefined) {
    throw new CliError(
      `${name}: how long its pods take to start is not known`,
      `give it: --start ${name}=3s; or take it from a proof: --calibrate report.json`,
    );
  }
  if (isFed && known.messagesPerSecond === null) {
    throw new CliError(
      `${name}: how many messages one replica processes is not known`,
      `give it: --rate ${name}=40/s; or take it from a proof: --calibrate report.json`,
    );
  }
  const load = loadOf(given, missing, workload);
  const ofPods =
    hpaOfScaler(scaler).metrics.some((metric) => metric.type === "Resource") && workload.containers.length > 1;
  return {
    planned: {
      name,
      scaler,
      containers: workload.containers,
      graceSeconds: workload.graceSeconds,
      load,
      service:
        isFed && known.messagesPerSecond !== null
          ? { messagesPerSecond: known.messagesPerSecond, concurrency: known.concurrency ?? 1 }
          : null,
      startSeconds: [first, ...rest],
      aloneStartSeconds: known.aloneStartSeconds,
    },
    notes: [
      ...missing.map(({ name: metric }): PlanNote => ({
        id: "metric-without-load",
        params: { workload: name, metric },
      })),
      ...(isFed && known.concurrency === null
        ? [{ id: "concurrency-assumed", params: { workload: name } } as const]
        : []),
      ...(load.usage.some((one) => "total" in one)
        ? [{ id: "kubelet-delay", params: { workload: name } } as const]
        : []),
      ...(ofPods ? [{ id: "sidecars-in-pod-metric", params: { workload: name } } as const] : []),
    ],
  };
}

type Given = LoadOption & { readonly of: LoadMetric };

/** @throws {CliError} where it is not clear which metric is meant. */
function metricOf({ option, workload, metric }: LoadOption, metrics: readonly LoadMetric[]): LoadMetric {
  const names = metrics.map(({ name }) => name);
  const fix = `${workload} scales on ${names.join(", ")}: give --load ${workload}.${names[0] ?? "METRIC"}:CURVE`;
  if (metric !== null) {
    const found = metrics.find(({ name }) => name === metric);
    if (found === undefined) throw new CliError(`${option}: ${workload} does not scale on ${metric}`, fix);
    return found;
  }
  const queues = metrics.filter(({ kind }) => kind === "queue");
  const [only, another] = queues.length > 0 ? queues : metrics;
  if (only === undefined)
    throw new CliError(`${option}: ${workload} has no metric that a load can be given for`, "name another workload");
  if (another !== undefined) throw new CliError(`${option}: it is not said for which metric`, fix);
  return only;
}

function loadOf(given: readonly Given[], missing: readonly LoadMetric[], workload: ScaledWorkload): PlannedLoad {
  const levels: Record<string, Steps> = {};
  const usage: UsageScript[] = [];
  const { containers } = workload;
  for (const { of, parts, option } of given) {
    if (of.kind === "level")
      levels[of.source ?? ""] = levelSteps(parts, option).map(([at, milli]) => [at, (milli ?? 0) / 1000]);
    if (of.kind !== "cpu" && of.kind !== "memory") continue;
    const container = of.source ?? containers[0]?.name ?? "";
    const steps = levelSteps(parts, option);
    const limit = containers.find(({ name }) => name === container)?.cpuLimitMilli;
    // CPU is work that replicas share, each as much as it may; memory is what each of them holds.
    usage.push(
      of.kind === "cpu"
        ? { container, resource: "cpu", total: steps, ...(limit === undefined ? {} : { mostPerPod: limit }) }
        : { container, resource: "memory", perPod: steps },
    );
  }
  // What is not given calls for no replicas, and has to be readable all the same.
  for (const { kind, source } of missing) {
    if (kind === "level" || kind === "queue") levels[source ?? ""] = [];
  }
  for (const { name: container } of containers) {
    for (const resource of ["cpu", "memory"]) {
      const isGiven = usage.some((one) => one.container === container && one.resource === resource);
      if (!isGiven) usage.push({ container, resource, perPod: [] });
    }
  }
  return {
    arrivals: given.flatMap(({ of, parts }) => (of.kind === "queue" ? arrivalsOf(parts) : [])),
    levels,
    usage,
    endSeconds: Math.max(0, ...given.map(({ parts }) => endOf(parts))),
  };
}
