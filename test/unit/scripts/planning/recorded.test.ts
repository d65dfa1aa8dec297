import { loadInReport, workloadInReport } from "../../../../scripts/planning/recorded.ts";
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
