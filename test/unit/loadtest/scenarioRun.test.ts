import type { LoadResult } from "../../../loadtest/proof/k6.ts";
import type { Sample } from "../../../loadtest/proof/observed.ts";
import { runScenario, type ScenarioReport, type World } from "../../../loadtest/proof/scenarioRun.ts";
import { apiCpuScenario, DEADLINES, queueBacklogScenario } from "../../../loadtest/proof/scenarios.ts";
import { ABSENT, deployment, LOAD_START_MS, ran, sample, SCALED_OBJECT, value } from "./fixtures.ts";

/** What differs from rest, so many seconds after the load's start; undefined before it. */
type States = (seconds: number | undefined) => Partial<Sample["readings"]>;

interface FakeCluster {
  world: World;
  loadsStarted: number;
  stops: string[];
  abort: AbortController;
}

/** A made-up cluster whose clock moves on by a second with each sample. */
function fakeCluster(states: States, result: LoadResult = ran({ iterations: 40 }), loadSeconds = 3): FakeCluster {
  let nowMs = LOAD_START_MS;
  let loadStartMs: number | undefined;
  let end: ((result: LoadResult) => void) | undefined;
  const samples: Sample[] = [];
  const abort = new AbortController();

  function take(): Sample {
    nowMs += 1000;
    const seconds = loadStartMs === undefined ? undefined : (nowMs - loadStartMs) / 1000;
    if (seconds !== undefined && seconds >= loadSeconds) end?.(result);
    const taken = { atMs: nowMs, readings: sample(0, states(seconds)).readings };
    samples.push(taken);
    return taken;
  }

  const cluster: FakeCluster = {
    loadsStarted: 0,
    stops: [],
    abort,
    world: {
      startSampler: () => ({ samples, next: () => Promise.resolve(take()), stop: () => Promise.resolve() }),
      nowMs: () => nowMs,
      startLoad: () => {
        cluster.loadsStarted += 1;
        loadStartMs = nowMs;
        const ended = new Promise<LoadResult>((resolve) => (end = resolve));
        const stop = (reason: string): void => {
          cluster.stops.push(reason);
          end?.({ kind: "broke", exitCode: null, reason });
        };
        return Promise.resolve({ result: ended, outputFile: "ids", stop });
      },
      acceptedIds: () => Promise.resolve(["a"]),
      readLedger: ({ length }) =>
        Promise.resolve(
          value({ accepted: length, fulfilled: length, waiting: 0, deadLettered: 0, lost: 0, notFulfilled: [] }),
        ),
      log: () => undefined,
      signal: abort.signal,
    },
  };
  return cluster;
}

function notPassed({ assertions }: ScenarioReport): Record<string, string> {
  return Object.fromEntries(
    assertions
      .filter(({ status }) => status !== "pass")
      .map(({ name, status, reason }) => [name, `${status}: ${reason ?? ""}`]),
  );
}

/** Seconds from a moment of the report to its end. */
function secondsUntilEnd(report: ScenarioReport, from: "loadStartedAt" | "loadEndedAt"): number {
  return (Date.parse(report.endedAt) - Date.parse(report[from] ?? "")) / 1000;
}

const workedOff: States = (seconds = 0) => ({
  workerDeployment: deployment(seconds > 5 && seconds < 60 ? 4 : 0),
  queue: value({ active: seconds > 1 && seconds < 40 ? 100 : 0, deadLettered: 0 }),
});

test("a backlog that is worked off passes, watched from rest to rest and no longer", async () => {
  const { world } = fakeCluster(workedOff);
  const { report, accepted } = await runScenario(queueBacklogScenario({}), world, DEADLINES);
  expect({ verdict: report.verdict, not: notPassed(report) }).toEqual({ verdict: "pass", not: {} });
  expect(accepted).toEqual(["a"]);
  expect(report.live).toEqual({
    apiMinimum: 1,
    apiStabilisationSeconds: 30,
    workerPollingIntervalSeconds: 5,
    workerCooldownSeconds: 15,
  });
  expect(Date.parse(report.loadStartedAt ?? "") - (report.samples[0]?.atMs ?? 0)).toBe(10_000);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(60);
});

test("it does not wait for a worker that will not come any longer than it said", async () => {
  const { world } = fakeCluster((seconds = 0) => ({
    queue: value({ active: seconds > 1 ? 100 : 0, deadLettered: 0 }),
    workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
    workerAutoscaler: ABSENT,
  }));
  const { report } = await runScenario(queueBacklogScenario({}), world, { ...DEADLINES, scaleOutSeconds: 45 });
  expect(report.verdict).toBe("fail");
  expect(notPassed(report)["worker scales out"]).toContain("is paused");
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(46);
});

test("too few workers are watched until the queue is empty: the ledger is worth the wait", async () => {
  const { world } = fakeCluster((seconds = 0) => ({
    workerDeployment: deployment(seconds > 5 && seconds < 220 ? 1 : 0),
    queue: value({ active: seconds > 1 && seconds < 200 ? 100 : 0, deadLettered: 0 }),
  }));
  const { report } = await runScenario(queueBacklogScenario({}), world, DEADLINES);
  expect(Object.keys(notPassed(report))).toEqual(["worker scales out"]);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(220);
});

test("without rest no load is started, and what stands in the way is named", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  const { report } = await runScenario(queueBacklogScenario({}), cluster.world, DEADLINES);
  expect(cluster.loadsStarted).toBe(0);
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report)["the load could start"]).toBe(
    "inconclusive: after 240 s: worker has 2 replicas wanted and 2 ready, at rest it has 0",
  );
  expect(report.samples.length).toBeGreaterThan(0);
});

test("a load that breaks ends the scenario at once, inconclusive", async () => {
  const { world } = fakeCluster(workedOff, { kind: "broke", exitCode: 107, reason: "k6 ended with exit code 107" });
  const { report } = await runScenario(queueBacklogScenario({}), world, DEADLINES);
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report)["the load was delivered"]).toBe("inconclusive: k6 ended with exit code 107");
  expect(secondsUntilEnd(report, "loadStartedAt")).toBeLessThan(6);
});

test("an interrupt stops the load first, keeps what was measured, and is inconclusive", async () => {
  const cluster = fakeCluster(
    (seconds = 0) => {
      if (seconds === 8) cluster.abort.abort();
      return {};
    },
    undefined,
    Infinity,
  );
  const { report } = await runScenario(apiCpuScenario({}), cluster.world, DEADLINES);
  expect(cluster.stops[0]).toBe("the proof was interrupted");
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report)["worker stays at 0"]).toBe("inconclusive: interrupted");
  expect(report.samples.length).toBeGreaterThan(10);
  expect(report.ledger).toBeNull();
});

test("an interrupt while waiting for rest starts no load", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  cluster.abort.abort();
  const { report } = await runScenario(queueBacklogScenario({}), cluster.world, DEADLINES);
  expect(cluster.loadsStarted).toBe(0);
  expect(notPassed(report)["the load could start"]).toBe("inconclusive: interrupted");
});

describe("look-ups", () => {
  const scenario = apiCpuScenario({ steps: [{ requestsPerSecond: 1, seconds: 40 }] });

  test("are run to their end, and the API's way back is waited for", async () => {
    const follows: States = (seconds = 0) => ({ apiDeployment: deployment(seconds > 20 && seconds < 90 ? 3 : 1) });
    const { world } = fakeCluster(follows, undefined, 40);
    const { report, accepted } = await runScenario(scenario, world, DEADLINES);
    expect({ verdict: report.verdict, not: notPassed(report) }).toEqual({ verdict: "pass", not: {} });
    expect(accepted).toEqual([]);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(50);
  });

  test("that the API does not follow end after its grace", async () => {
    const { world } = fakeCluster(() => ({}), undefined, 40);
    const { report } = await runScenario(scenario, world, DEADLINES);
    expect(report.verdict).toBe("fail");
    expect(notPassed(report)["api scales out"]).toMatch(/^fail: api never left 1/);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(46);
  });
});
