import { type Assertion, type Expected, failed, inconclusive, passed, type Subject } from "../../../model/assertion.ts";
import { type Cause, causeOf } from "../../../model/cause.ts";
import type { Latency } from "../../../model/load.ts";
import { isResource, type MetricState } from "../../../model/metric.ts";
import { autoscalerOf, replicasOf, type Sample } from "../../../model/observed.ts";
import { type Reading, valueOf } from "../../../model/reading.ts";
import { coverageGap } from "../../../model/sampleCoverage.ts";
import type { Workload } from "../../../model/workload.ts";
import { broke } from "../../../assertions/load.ts";
import { interruption, type Run } from "../../../assertions/run.ts";

/** How much more the last third may show than the one before: a share of it, and at least so much. */
type Allowed = Expected<"memory-steady">;

const ALLOWED = {
  memory: { unit: "percent of the request", allowedShare: 0.15, allowedAtLeast: 5 },
  residentMiB: { unit: "MiB", allowedShare: 0.15, allowedAtLeast: 10 },
  replicas: { unit: "replicas", allowedShare: 0, allowedAtLeast: 1 },
  latency: { unit: "ms", allowedShare: 0.5, allowedAtLeast: 50 },
} satisfies Record<string, Allowed>;

const BYTES_PER_MIB = 1024 ** 2;

type SteadyId = "memory-steady" | "replicas-steady" | "latency-steady";
type Thirds = { before: number; last: number } | { doubt: Cause };

/**
 * Under a steady load the last third is like the one before. The first is not compared: until replicas have come and code has been compiled nothing is
 * steady. The API's memory is what its HPA reads, a share of its request or an amount, the worker's what it says itself.
 * @param latencies of requests by thirds of the load; null where there are none.
 * @param workerMemory of a worker by thirds of the load, in MiB; null where the cluster has no Prometheus: then nothing is claimed of it.
 */
export function noDrift(
  run: Run,
  latencies: readonly Latency[] | null,
  workerMemory: Reading<number[]> | null,
): Assertion[] {
  const inAmount = run.samples.some((sample) => isAmount(memoryOf(sample)));
  const apiMemory = sampledThirds(run, "api", (sample) => {
    const autoscaler = autoscalerOf(sample, "api");
    if (autoscaler.kind !== "value") return autoscaler;
    const current = memoryOf(sample)?.current ?? null;
    if (current === null) return { kind: "absent" };
    return { kind: "value", value: inAmount ? current / BYTES_PER_MIB : current };
  });
  return [
    steady("memory-steady", "api", inAmount ? ALLOWED.residentMiB : ALLOWED.memory, apiMemory),
    ...(workerMemory === null
      ? []
      : [steady("memory-steady", "worker", ALLOWED.residentMiB, memoryThirds(run, workerMemory))]),
    steady("replicas-steady", "api", ALLOWED.replicas, sampledThirds(run, "api", desired("api"))),
    steady("replicas-steady", "worker", ALLOWED.replicas, sampledThirds(run, "worker", desired("worker"))),
    steady("latency-steady", "load", ALLOWED.latency, latencyThirds(run, latencies)),
  ];
}

/** Of the API, as its HPA has it; undefined where it does not. */
function memoryOf(sample: Sample): MetricState | undefined {
  return valueOf(autoscalerOf(sample, "api"))?.metrics.find(({ metric }) => isResource(metric, "memory"));
}

function isAmount(state: MetricState | undefined): boolean {
  return state?.targetType === "AverageValue" || state?.targetType === "Value";
}

function steady(id: SteadyId, subject: Subject, expected: Allowed, thirds: Thirds): Assertion {
  const claim = { id, subject, expected };
  if ("doubt" in thirds) return inconclusive(claim, null, thirds.doubt);
  const { before, last } = thirds;
  return last <= before + Math.max(expected.allowedAtLeast, expected.allowedShare * before)
    ? passed(claim, thirds)
    : failed(claim, thirds, causeOf("grew-under-steady-load", subject, { before, last }));
}

function desired(workload: Workload): (sample: Sample) => Reading<number> {
  return (sample) => {
    const reading = replicasOf(sample, workload);
    return reading.kind === "value" ? { kind: "value", value: reading.value.desired } : reading;
  };
}

function sampledThirds(run: Run, workload: Workload, pick: (sample: Sample) => Reading<number>): Thirds {
  const noReading = causeOf("no-metric-reading", workload, {});
  const { load, loadStartMs, loadEndMs } = run;
  if (loadEndMs === null) {
    return { doubt: interruption(run) ?? (load.kind === "broke" ? broke(load) : noReading) };
  }
  const thirdMs = (loadEndMs - loadStartMs) / 3;
  const [before, last] = [1, 2].map((third) => {
    const [fromMs, toMs] = [loadStartMs + third * thirdMs, loadStartMs + (third + 1) * thirdMs];
    const all = run.samples
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map((sample) => ({ atMs: sample.atMs, reading: pick(sample) }));
    const values = all.map(({ reading }) => valueOf(reading)).filter((value) => value !== undefined);
    return {
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      doubt: coverageGap(all, fromMs, toMs, workload) ?? (values.length === 0 ? noReading : undefined),
    };
  });
  const doubt = before?.doubt ?? last?.doubt;
  if (before === undefined || last === undefined || doubt !== undefined) return { doubt: doubt ?? noReading };
  return { before: before.mean, last: last.mean };
}

function memoryThirds(run: Run, thirds: Reading<number[]>): Thirds {
  const [, before, last] = valueOf(thirds) ?? [];
  if (before !== undefined && last !== undefined) return { before, last };
  const unread =
    thirds.kind === "gap"
      ? causeOf("counters-unreadable", "prometheus", { error: thirds.error })
      : causeOf("no-metric-reading", "worker", {});
  return { doubt: interruption(run) ?? unread };
}

function latencyThirds({ load }: Run, latencies: readonly Latency[] | null): Thirds {
  const [, before, last] = latencies ?? [];
  if (before !== undefined && last !== undefined) return { before: before.p95, last: last.p95 };
  return { doubt: load.kind === "broke" ? broke(load) : causeOf("latency-thirds-missing", "load", {}) };
}
