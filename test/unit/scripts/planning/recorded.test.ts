import type { PodRecord } from "../../../../loadtest/model/pods.ts";
import { loadInReport, podStarts, workloadInReport } from "../../../../scripts/planning/recorded.ts";
import { backlogScenario, cpuScenario } from "../../loadtest/reportFixtures.ts";

const startMs = Date.parse(cpuScenario().loadStartedAt ?? "");

test("CPU as it was recorded is a load that ends with the recorded one", () => {
  const scenario = cpuScenario();
  const { parts, metric } = loadInReport(scenario, "api");
  expect(metric).toBe("cpu");
  const endSeconds = (Date.parse(scenario.loadEndedAt ?? "") - startMs) / 1000;
  expect(parts.at(-1)).toEqual({ kind: "at", atSeconds: endSeconds, milli: 0 });
  expect(Math.max(...parts.map((part) => ("milli" in part ? part.milli : 0)))).toBeGreaterThan(0);
});

test("a recorded load with a hole is refused, with its seconds", () => {
  const scenario = cpuScenario();
  const samples = scenario.samples.filter(({ atMs }) => atMs < startMs || atMs > startMs + 60_000);
  expect(samples.length).toBeGreaterThan(0);
  expect(() => loadInReport({ ...scenario, samples }, "api")).toThrow(
    /has a hole: nothing was read of api's CPU from 0 s to \d+ s/,
  );
});

test("a workload that neither a queue nor CPU tells of is refused", () => {
  const scenario = { ...backlogScenario(), queue: null };
  expect(() => loadInReport(scenario, "worker")).toThrow("tells neither a backlog of worker nor its CPU");
  expect(() => workloadInReport(scenario, "none")).toThrow("none had no autoscaler in scenario queue-backlog");
});

test("pods that were created alone are told from those created together, within a second", () => {
  const loadStartedAt = "2026-01-01T00:00:00.500Z";
  const zeroMs = Date.parse("2026-01-01T00:00:00Z");
  const pod = (createdSeconds: number, readySeconds: number | null, workload = "worker"): PodRecord => ({
    ...{ name: `pod-${createdSeconds}-${readySeconds}`, workload, goneMs: null, endedBecause: null, restarts: 0 },
    ...{ createdMs: zeroMs + createdSeconds * 1000, startedMs: null },
    readyMs: readySeconds === null ? null : zeroMs + readySeconds * 1000,
  });
  const first = pod(0, 2);
  const batch = [pod(10, 14), pod(11, 16), pod(11, null)];
  const others = [pod(-60, -50), pod(0, 1, "api")];
  const of = (pods: readonly PodRecord[]): object => podStarts([{ pods: [...pods], loadStartedAt }], "worker");
  expect(of([first, ...batch, ...others])).toEqual({ startSeconds: [4, 5], aloneStartSeconds: [2] });
  // Those of pods together are not known then: any start tells of them.
  expect(of([first])).toEqual({ startSeconds: [2], aloneStartSeconds: [2] });
  expect(of(others)).toEqual({ startSeconds: null, aloneStartSeconds: [] });
});
