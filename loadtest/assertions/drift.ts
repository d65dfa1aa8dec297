import type { Assertion } from "../model/assertion.ts";
import { type Sample, autoscalerOf, deploymentOf } from "../model/observed.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import { coverageGap } from "../model/sampleCoverage.ts";
import type { Run } from "./assertions.ts";
import type { Latency } from "../engine/k6Summary.ts";

/** How much more of it the last third may show than the one before: a part of it, and at least so much. */
interface Allowed {
  share: number;
  atLeast: number;
}

const ALLOWED = {
  memory: { share: 0.15, atLeast: 5 },
  residentMiB: { share: 0.15, atLeast: 10 },
  replicas: { share: 0, atLeast: 1 },
  latency: { share: 0.5, atLeast: 50 },
} satisfies Record<string, Allowed>;

/**
 * Under a steady load the last third is like the one before. The first is not looked at: until replicas have come and code has been compiled nothing is
 * steady. The API's memory is what its HPA reads, the worker's what it says itself.
 * @param latencies of requests by thirds of the load; null where there are none.
 * @param workerMemory of a worker by thirds of the load, in MiB; null where the cluster has no Prometheus: then nothing is claimed of it.
 */
export function noDrift(
  run: Run,
  latencies: readonly Latency[] | null,
  workerMemory: Reading<number[]> | null,
): Assertion[] {
  return [
    steady(run, "api's memory does not drift", "% of the request", ALLOWED.memory, (sample) => {
      const autoscaler = autoscalerOf(sample, "api");
      if (autoscaler.kind !== "value") return autoscaler;
      const current = autoscaler.value.metrics.find(({ name }) => name.startsWith("memory"))?.current ?? null;
      return current === null ? { kind: "absent" } : { kind: "value", value: current };
    }),
    ...(workerMemory === null ? [] : [workerMemoryDoesNotDrift(run, workerMemory)]),
    steady(run, "api's replicas do not drift", "replicas", ALLOWED.replicas, desired("api")),
    steady(run, "worker's replicas do not drift", "replicas", ALLOWED.replicas, desired("worker")),
    latencyDoesNotDrift(run, latencies),
  ];
}

function desired(workload: Workload): (sample: Sample) => Reading<number> {
  return (sample) => {
    const reading = deploymentOf(sample, workload);
    return reading.kind === "value" ? { kind: "value", value: reading.value.desired } : reading;
  };
}

function steady(
  run: Run,
  name: string,
  unit: string,
  allowed: Allowed,
  pick: (sample: Sample) => Reading<number>,
): Assertion {
  const claim = {
    name,
    expected: `in the last third on average at most ${Math.max(allowed.atLeast, 0)} ${unit}${allowed.share > 0 ? ` or ${100 * allowed.share} %` : ""} more than in the one before`,
  };
  if (run.loadEndMs === null) {
    const reason = run.cutShort ?? "the load did not run to its end";
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const thirdMs = (run.loadEndMs - run.loadStartMs) / 3;
  const thirds = [1, 2].map((third) => {
    const [fromMs, toMs] = [run.loadStartMs + third * thirdMs, run.loadStartMs + (third + 1) * thirdMs];
    const all = run.samples
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map((sample) => ({ atMs: sample.atMs, reading: pick(sample) }));
    const values = all.map(({ reading }) => valueOf(reading)).filter((value) => value !== undefined);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      mean,
      doubt: coverageGap(all, fromMs, toMs) ?? (values.length === 0 ? "there was no reading" : undefined),
    };
  });
  const [before, last] = thirds;
  const doubt = before?.doubt ?? last?.doubt;
  if (before === undefined || last === undefined || doubt !== undefined) {
    return { ...claim, status: "inconclusive", measured: "nothing", reason: doubt ?? "there was no reading" };
  }
  const measured = `${round(before.mean)}, then ${round(last.mean)} ${unit}`;
  return grewAtMost(allowed, before.mean, last.mean, { ...claim, measured });
}

function workerMemoryDoesNotDrift(run: Run, thirds: Reading<number[]>): Assertion {
  const { share, atLeast } = ALLOWED.residentMiB;
  const claim = {
    name: "worker's memory does not drift",
    expected: `resident in the last third on average at most ${atLeast} MiB or ${100 * share} % more than in the one before`,
  };
  const [, before, last] = valueOf(thirds) ?? [];
  if (before === undefined || last === undefined) {
    const reason = run.cutShort ?? (thirds.kind === "gap" ? thirds.error : "there was no reading");
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const measured = `${round(before)}, then ${round(last)} MiB`;
  return grewAtMost(ALLOWED.residentMiB, before, last, { ...claim, measured });
}

function latencyDoesNotDrift(run: Run, latencies: readonly Latency[] | null): Assertion {
  const { share, atLeast } = ALLOWED.latency;
  const claim = {
    name: "latency does not drift",
    expected: `p95 of the last third at most ${atLeast} ms or ${100 * share} % more than of the one before`,
  };
  const [, before, last] = latencies ?? [];
  if (before === undefined || last === undefined) {
    const reason = run.load.kind === "broke" ? run.load.reason : "the load's summary has no durations by thirds";
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const measured = `p95 ${round(before.p95)} ms, then ${round(last.p95)} ms`;
  return grewAtMost(ALLOWED.latency, before.p95, last.p95, { ...claim, measured });
}

function grewAtMost(
  { share, atLeast }: Allowed,
  before: number,
  last: number,
  claim: Pick<Assertion, "name" | "expected" | "measured">,
): Assertion {
  return last <= before + Math.max(atLeast, share * before)
    ? { ...claim, status: "pass" }
    : { ...claim, status: "fail", reason: "it grew under a load that did not" };
}

function round(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}
