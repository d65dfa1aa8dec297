import { sizesOf } from "../../../loadtest/model/profiles.ts";
import { type Deadlines, DEADLINES } from "../../../loadtest/assertions/progress.ts";
import { neverStarted } from "../../../loadtest/engine/neverStarted.ts";
import { type Outcome, runScenario } from "../../../loadtest/engine/runScenario.ts";
import type { ScenarioEnvironment } from "../../../loadtest/engine/scenarioEnvironment.ts";
import { causeOf } from "../../../loadtest/model/cause.ts";
import type { LoadResult } from "../../../loadtest/model/load.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { scenarioNamed } from "../../../loadtest/scenarios/catalogue.ts";
import type { ScenarioName, Sizes } from "../../../loadtest/model/scenario.ts";
import {
  ABSENT,
  deployment,
  containerMetric,
  ledgerOf,
  LIVE,
  LOAD_START_MS,
  notPassed,
  queueMetric,
  ran,
  sample,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
  API_AUTOSCALER,
} from "./fixtures.ts";

/** What differs from idle, so many seconds after the load's start; undefined before it. */
type States = (seconds: number | undefined, cluster: FakeCluster) => Partial<Sample["readings"]>;

interface FakeCluster {
  environment: ScenarioEnvironment;
  loadsStarted: number;
  stops: string[];
  /** Changes to the running system, in order. */
  actions: string[];
  abort: AbortController;
}

const SIZES: Sizes = { ...sizesOf.smoke, lookUpSteps: [{ requestsPerSecond: 1, seconds: 40 }] };

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
    const taken = { atMs: nowMs, readings: sample(0, states(seconds, cluster)).readings };
    samples.push(taken);
    return taken;
  }

  const cluster: FakeCluster = {
    loadsStarted: 0,
    stops: [],
    actions: [],
    abort,
    environment: {
      startSampler: () => ({ samples, next: () => Promise.resolve(take()), stop: () => Promise.resolve() }),
      startPods: () => ({ samples: [], next: () => Promise.resolve(undefined), stop: () => Promise.resolve() }),
      watchPodEnds: () => ({ ends: new Map(), stop: () => undefined }),
      metricsResolutionSeconds: 15,
      queue: "orders",
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
      readSent: () => Promise.resolve({ accepted: ["a"], unconfirmed: [] }),
      readThirds: () => Promise.resolve(null),
      readLedger: ({ accepted: { length } }) =>
        Promise.resolve(value(ledgerOf({ accepted: length, processedOnce: length }))),
      readWorkerMemory: () => Promise.resolve(null),
      readCounters: () => Promise.resolve(null),
      readWorkerConcurrency: () => Promise.resolve(value(16)),
      change: (field, to) => {
        cluster.actions.push(`${field} = ${to}`);
        const undo = (): Promise<void> => {
          cluster.actions.push(`${field} restored`);
          return Promise.resolve();
        };
        return Promise.resolve({ revertCommand: `kubectl patch ${field}`, undo });
      },
      kill: (workload) => {
        cluster.actions.push(`kill ${workload}`);
        return Promise.resolve(`${workload}-1`);
      },
      restart: (workload) => {
        cluster.actions.push(`restart ${workload}`);
        return Promise.resolve();
      },
      log: () => undefined,
      signal: abort.signal,
    },
  };
  return cluster;
}

function run(name: ScenarioName, { environment }: FakeCluster, deadlines: Partial<Deadlines> = {}): Promise<Outcome> {
  const scenario = scenarioNamed(name);
  return runScenario(scenario, SIZES, scenario.load(SIZES), environment, { ...DEADLINES, ...deadlines });
}

/** Seconds from a moment of the report to its end. */
function secondsUntilEnd(report: ScenarioReport, from: "loadStartedAt" | "loadEndedAt"): number {
  return (Date.parse(report.endedAt) - Date.parse(report[from] ?? "")) / 1000;
}

const ASKED = value({
  ...WORKER_AUTOSCALER,
  metrics: [queueMetric(90, 50)],
});

const workedOff: States = (seconds = 0) => ({
  workerDeployment: deployment(seconds > 5 && seconds < 60 ? 4 : 0),
  workerAutoscaler: ASKED,
  queue: value({ active: seconds > 1 && seconds < 40 ? 100 : 0, deadLettered: 0 }),
});

test("a backlog that is worked off passes, observed from idle to idle and no longer", async () => {
  const cluster = fakeCluster(workedOff);
  const { report, sent } = await run("queue-backlog", cluster);
  expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
  expect(sent.accepted).toEqual(["a"]);
  expect(report.live).toEqual(LIVE);
  expect(Date.parse(report.loadStartedAt ?? "") - (report.samples[0]?.atMs ?? 0)).toBe(10_000);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(60);
});

test("a worker that does not come is awaited no longer than its deadline", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    queue: value({ active: seconds > 1 ? 100 : 0, deadLettered: 0 }),
    workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
    workerAutoscaler: ABSENT,
  }));
  const { report } = await run("queue-backlog", cluster, { scaleOutSeconds: 45 });
  expect(report.verdict).toBe("fail");
  expect(notPassed(report.assertions)["worker/scales-out"]).toContain("scaled-object-paused");
  expect(notPassed(report.assertions)["worker/first-replica-ready"]).toMatch(/^fail/);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(46);
});

test("too few workers are observed until the queue is empty, for the ledger", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    workerDeployment: deployment(seconds > 5 && seconds < 220 ? 1 : 0),
    queue: value({ active: seconds > 1 && seconds < 200 ? 100 : 0, deadLettered: 0 }),
  }));
  const { report } = await run("queue-backlog", cluster);
  expect(Object.keys(notPassed(report.assertions))).toEqual(["worker/scales-out", "worker/scaled-on-own-metric"]);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(220);
});

test("a worker that an HPA keeps at one is watched until it has worked the queue off", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    workerDeployment: deployment(1),
    workerScaledObject: ABSENT,
    workerAutoscaler: value({ ...WORKER_AUTOSCALER, min: 1 }),
    queue: value({ active: seconds > 1 && seconds < 200 ? 100 : 0, deadLettered: 0 }),
  }));
  const { report } = await run("queue-backlog", cluster);
  expect(report.live).toMatchObject({ workerIdleReplicas: 1, workerScaler: "hpa" });
  expect(Object.keys(notPassed(report.assertions))).toContain("worker/scales-out");
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(200);
});

test("no load is started before everything is idle, and the blocker is named", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  const { report } = await run("queue-backlog", cluster);
  expect(cluster.loadsStarted).toBe(0);
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report.assertions)["scenario/preconditions-met"]).toBe(
    "inconclusive: idle-timeout, replicas-not-idle",
  );
  expect(report.samples.length).toBeGreaterThan(0);
});

test("a load that breaks ends the scenario at once, inconclusive", async () => {
  const cluster = fakeCluster(workedOff, { kind: "broke", exitCode: 107, reason: "k6 ended with exit code 107" });
  const { report } = await run("queue-backlog", cluster);
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report.assertions)["load/load-delivered"]).toBe("inconclusive: load-broke");
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
  const { report } = await run("api-cpu", cluster);
  expect(cluster.stops[0]).toBe("the proof was interrupted");
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report.assertions)["worker/does-not-scale"]).toBe("inconclusive: run-interrupted");
  expect(report.samples.length).toBeGreaterThan(10);
  expect(report.ledger).toBeNull();
});

test("a run whose time is over says so", async () => {
  const cluster = fakeCluster((seconds = 0) => {
    if (seconds === 8) cluster.abort.abort(new Error("the 900 s of --timeout are over"));
    return {};
  });
  const { report } = await run("api-cpu", cluster);
  expect(report.assertions.find(({ id }) => id === "does-not-scale")?.causes).toEqual([
    { id: "run-interrupted", subject: "proof", params: { reason: "the 900 s of --timeout are over" } },
  ]);
});

test("an interrupt while waiting for idle starts no load", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  cluster.abort.abort();
  const { report } = await run("queue-backlog", cluster);
  expect(cluster.loadsStarted).toBe(0);
  expect(notPassed(report.assertions)["scenario/preconditions-met"]).toBe("inconclusive: run-interrupted");
});

describe("reads", () => {
  test("are run to their end, and the API's scale-in is awaited", async () => {
    const follows: States = (seconds = 0) => ({
      apiDeployment: deployment(seconds > 20 && seconds < 90 ? 3 : 1),
      apiAutoscaler: value({
        ...API_AUTOSCALER,
        metrics: [containerMetric("cpu", "api", seconds > 10 ? 170 : 5, 60)],
      }),
    });
    const cluster = fakeCluster(follows, undefined, 40);
    const { report, sent } = await run("api-cpu", cluster);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
    expect(sent.accepted).toEqual([]);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(50);
  });

  test("that the API does not follow end after its grace", async () => {
    const cluster = fakeCluster(() => ({}), undefined, 40);
    const { report } = await run("api-cpu", cluster);
    expect(report.verdict).toBe("fail");
    expect(notPassed(report.assertions)["api/scales-out"]).toMatch(/^fail: stayed-at/);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(46);
  });
});

describe("what the configuration cannot do", () => {
  test.each([
    [
      "polls too seldom",
      { pollingIntervalSeconds: 300 },
      "worker/first-replica-ready",
      "polling-interval-exceeds-objective",
    ],
    ["keeps idle workers too long", { cooldownSeconds: 3600 }, "worker/scales-in", "cooldown-exceeds-objective"],
    ["allows too few", { maxReplicas: 1 }, "worker/scales-out", "max-replicas-below-required"],
    ["asks for too few", { messagesPerReplica: 5000 }, "worker/scales-out", "messages-per-replica-too-high"],
    ["never goes to 0", { minReplicas: 1 }, "worker/scales-in", "min-replicas-above-idle"],
    ["watches another queue", { queue: "invoices" }, "worker/scales-out", "scaled-object-polls-other-queue"],
  ] as const)("fails at once, without a load: a ScaledObject that %s", async (_title, broken, name, cause) => {
    const cluster = fakeCluster(() => ({ workerScaledObject: value({ ...SCALED_OBJECT, ...broken }) }));
    const { report } = await run("queue-backlog", cluster);
    expect(cluster.loadsStarted).toBe(0);
    expect(report.samples.length).toBeLessThan(3);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({
      verdict: "fail",
      not: { [name]: `fail: ${cause}` },
    });
  });

  test.each([
    ["allows too few", { max: 2 }, "api/scales-out", "max-replicas-below-required"],
    [
      "never comes down",
      { scaleDown: { ...API_AUTOSCALER.scaleDown, selectPolicy: "Disabled" as const } },
      "api/scales-in",
      "hpa-scale-down-disabled",
    ],
  ] as const)("fails at once: an HPA that %s", async (_title, broken, name, cause) => {
    const cluster = fakeCluster(() => ({ apiAutoscaler: value({ ...API_AUTOSCALER, ...broken }) }));
    const { report } = await run("api-cpu", cluster);
    expect(cluster.loadsStarted).toBe(0);
    expect(notPassed(report.assertions)[name]).toBe(`fail: ${cause}`);
  });

  test("Azure's own windows can pass", async () => {
    const windows = { pollingIntervalSeconds: 30, cooldownSeconds: 300 };
    const cluster = fakeCluster((seconds = 0, of) => ({
      ...workedOff(seconds, of),
      workerDeployment: deployment(seconds > 35 && seconds < 345 ? 4 : 0),
      workerScaledObject: value({ ...SCALED_OBJECT, ...windows }),
    }));
    const { report } = await run("queue-backlog", cluster);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
  });
});

describe("fault injections", () => {
  test("the threshold is set before the load, and restored after two polls", async () => {
    let restoredAfterSeconds: number | undefined;
    const cluster = fakeCluster(
      (seconds = 0, { actions }) => {
        if (actions.length === 2) restoredAfterSeconds ??= seconds;
        return {
          queue: value({ active: seconds > 1 && seconds < 40 ? 10 : 0, deadLettered: 0 }),
          workerDeployment: deployment(actions.length === 2 && seconds < 60 ? 1 : 0),
        };
      },
      ran({ iterations: 1 }),
    );
    const { report } = await run("below-activation", cluster);
    expect(cluster.actions).toEqual(["activationMessages = 20", "activationMessages restored"]);
    // The load ends at 3 s; two polls of 5 s and 10 s later nothing has moved, and that is seen a second after.
    expect(restoredAfterSeconds).toBe(24);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
  });

  test("it is restored when the run is interrupted, too", async () => {
    const cluster = fakeCluster((seconds = 0) => {
      if (seconds === 8) cluster.abort.abort();
      return { queue: value({ active: seconds > 1 ? 10 : 0, deadLettered: 0 }) };
    });
    const { report } = await run("below-activation", cluster);
    expect(cluster.actions).toEqual(["activationMessages = 20", "activationMessages restored"]);
    expect(report.verdict).toBe("inconclusive");
    expect(notPassed(report.assertions)).toHaveProperty("scenario/faults-injected-and-reverted");
  });

  test("in mid-backlog the maximum is set, a worker is killed, the maximum restored, in this order", async () => {
    const cluster = fakeCluster(
      (seconds = 0, { actions }) => ({
        queue: value({ active: seconds > 1 && seconds < 60 ? 500 : 0, deadLettered: 0 }),
        workerAutoscaler: ASKED,
        workerDeployment: deployment(
          seconds < 5 || seconds > 80 ? 0 : actions.length === 1 || actions.length === 2 ? 1 : 4,
        ),
      }),
      ran({ iterations: 30 }),
    );
    await run("scale-in-under-load", cluster);
    expect(cluster.actions).toEqual(["workerMaximum = 1", "kill worker", "workerMaximum restored"]);
  });

  test("what the cluster refuses to change ends the scenario before its load", async () => {
    const cluster = fakeCluster(() => ({}));
    cluster.environment.change = () => Promise.reject(new Error("scaledobject worker cannot be patched: 403"));
    const { report } = await run("below-activation", cluster);
    expect(cluster.loadsStarted).toBe(0);
    expect(report.assertions[0]?.causes).toEqual([
      { id: "proof-error", subject: "scenario", params: { message: "scaledobject worker cannot be patched: 403" } },
    ]);
  });

  test("what cannot be restored is told with the command that does it", async () => {
    const cluster = fakeCluster((seconds = 0) => ({
      queue: value({ active: seconds > 1 && seconds < 40 ? 10 : 0, deadLettered: 0 }),
    }));
    cluster.environment.change = (field) =>
      Promise.resolve({ revertCommand: `kubectl patch ${field}`, undo: () => Promise.reject(new Error("gone")) });
    const { report } = await run("below-activation", cluster);
    expect(report.assertions.find(({ id }) => id === "faults-injected-and-reverted")?.causes).toEqual([
      {
        id: "change-not-reverted",
        subject: "scenario",
        params: { revertCommand: "kubectl patch activationMessages", error: "gone" },
      },
    ]);
  });

  test("an API that keeps its memory passes, and its pods are replaced", async () => {
    const memory = containerMetric("memory", "api", 97, 80);
    const cluster = fakeCluster(
      (seconds = 0) => ({
        apiDeployment: deployment(seconds > 50 ? 2 : 1),
        apiAutoscaler: value({ ...API_AUTOSCALER, ...(seconds > 40 ? { metrics: [memory] } : {}) }),
      }),
      ran({ iterations: scenarioNamed("api-memory").load(SIZES).iterations }),
      90,
    );
    const { report } = await run("api-memory", cluster);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
    expect(cluster.actions).toEqual(["apiCpuTarget = 10000", "apiCpuTarget restored", "restart api"]);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(46);
  });
});

test("a report of what was never started names the workloads", () => {
  expect(
    neverStarted(scenarioNamed("api-cpu"), [], causeOf("proof-error", "scenario", { message: "no way" })),
  ).toMatchObject({
    name: "api-cpu",
    verdict: "inconclusive",
    mustScale: ["api"],
    mustNotScale: ["worker"],
  });
});
