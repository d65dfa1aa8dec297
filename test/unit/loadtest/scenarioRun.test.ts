import {
  ABSENT,
  deployment,
  LIVE,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
  API_AUTOSCALER,
  containerMetric,
  notPassed,
} from "./fixtures.ts";
import { type States, fakeCluster, run, secondsUntilEnd, workedOff } from "./fakeCluster.ts";

test("a backlog that is worked off passes, observed from idle to idle and no longer", async () => {
  const cluster = fakeCluster(workedOff);
  const report = await run("queue-backlog", cluster);
  expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
  expect(report.autoscalingConfig).toEqual(LIVE);
  expect(Date.parse(report.loadStartedAt ?? "") - (report.samples[0]?.atMs ?? 0)).toBe(10_000);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(60);
});

test("a worker that does not come is awaited no longer than its deadline", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    queue: value({ active: seconds > 1 ? 100 : 0, deadLettered: 0 }),
    workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
    workerAutoscaler: ABSENT,
  }));
  const report = await run("queue-backlog", cluster, { scaleOutSeconds: 45 });
  expect(report.verdict).toBe("fail");
  expect(notPassed(report.assertions)["worker/scales-out"]).toContain("scaled-object-paused");
  expect(notPassed(report.assertions)["worker/first-replica-ready"]).toMatch(/^fail/);
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(46);
});

test("workers that never become ready are awaited no longer than their deadline, however many messages wait", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    workerDeployment: deployment(seconds > 5 ? 4 : 0, 0),
    queue: value({ active: seconds > 1 ? 100 : 0, deadLettered: 0 }),
  }));
  const report = await run("queue-backlog", cluster, { scaleOutSeconds: 45 });
  expect(report.verdict).toBe("fail");
  expect(notPassed(report.assertions)["worker/scales-out"]).toContain("pods-not-ready");
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(46);
});

test("an interrupt while nothing is idle names what it waited for", async () => {
  let looks = 0;
  const cluster = fakeCluster(() => {
    looks += 1;
    if (looks === 10) cluster.abort.abort();
    return { workerDeployment: deployment(2) };
  });
  const report = await run("queue-backlog", cluster);
  expect(notPassed(report.assertions)["scenario/preconditions-met"]).toBe(
    "inconclusive: run-interrupted, replicas-not-idle",
  );
});

test("an interrupt during a load names the cause that is known by then", async () => {
  const cluster = fakeCluster((seconds = 0) => {
    if (seconds === 8) cluster.abort.abort();
    return {
      queue: value({ active: seconds > 1 ? 100 : 0, deadLettered: 0 }),
      workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
      workerAutoscaler: ABSENT,
    };
  });
  const report = await run("queue-backlog", cluster);
  expect(notPassed(report.assertions)["worker/scales-out"]).toContain(
    "inconclusive: run-interrupted, scaled-object-paused",
  );
});

test("too few workers are observed until the queue is empty, for the ledger", async () => {
  const cluster = fakeCluster((seconds = 0) => ({
    workerDeployment: deployment(seconds > 5 && seconds < 220 ? 1 : 0),
    queue: value({ active: seconds > 1 && seconds < 200 ? 100 : 0, deadLettered: 0 }),
  }));
  const report = await run("queue-backlog", cluster);
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
  const report = await run("queue-backlog", cluster);
  expect(report.autoscalingConfig).toMatchObject({ workloads: { worker: { idleReplicas: 1, scaler: "hpa" } } });
  expect(Object.keys(notPassed(report.assertions))).toContain("worker/scales-out");
  expect(secondsUntilEnd(report, "loadStartedAt")).toBe(200);
});

test("no load is started before everything is idle, and the blocker is named", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  const report = await run("queue-backlog", cluster);
  expect(cluster.loadsStarted).toBe(0);
  expect(report.verdict).toBe("inconclusive");
  expect(notPassed(report.assertions)["scenario/preconditions-met"]).toBe(
    "inconclusive: idle-timeout, replicas-not-idle",
  );
  expect(report.samples.length).toBeGreaterThan(0);
});

test("the next load starts at once where all was seen idle since the last one ended", async () => {
  const cluster = fakeCluster(workedOff);
  await run("queue-backlog", cluster);
  for (let second = 0; second < 10; second++) await cluster.environment.sampler.next();
  const beforeMs = cluster.environment.nowMs();
  const second = await run("queue-backlog", cluster);
  expect(second.verdict).toBe("pass");
  // One sample for the configuration, and one that shows it idle still.
  expect(Date.parse(second.loadStartedAt ?? "") - beforeMs).toBe(2000);
  expect(second.samples[0]?.atMs).toBe(beforeMs - 10_000);
});

test("a load that breaks ends the scenario at once, inconclusive", async () => {
  const cluster = fakeCluster(workedOff, { kind: "broke", exitCode: 107, reason: "k6 ended with exit code 107" });
  const report = await run("queue-backlog", cluster);
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
  const report = await run("api-cpu", cluster);
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
  const report = await run("api-cpu", cluster);
  expect(report.assertions.find(({ id }) => id === "does-not-scale")?.causes).toEqual([
    { id: "run-interrupted", subject: "proof", params: { reason: "the 900 s of --timeout are over" } },
  ]);
});

test("an interrupt while waiting for idle starts no load", async () => {
  const cluster = fakeCluster(() => ({ workerDeployment: deployment(2) }));
  cluster.abort.abort();
  const report = await run("queue-backlog", cluster);
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
    const report = await run("api-cpu", cluster);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(50);
  });

  test("that the API does not follow end after its grace", async () => {
    const cluster = fakeCluster(() => ({}), undefined, 40);
    const report = await run("api-cpu", cluster);
    expect(report.verdict).toBe("fail");
    expect(notPassed(report.assertions)["api/scales-out"]).toMatch(/^fail: stayed-at/);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(46);
  });
});
