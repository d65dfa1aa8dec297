import { neverStarted } from "../../../loadtest/engine/neverStarted.ts";
import type { ScaledObjectState } from "../../../loadtest/model/autoscaling.ts";
import { causeOf } from "../../../loadtest/model/cause.ts";
import {
  busTrigger,
  deployment,
  ran,
  SCALED_OBJECT,
  value,
  API_AUTOSCALER,
  containerMetric,
  notPassed,
} from "./fixtures.ts";
import { ASKED, fakeCluster, lastOf, orderScenarioNamed, run, secondsUntilEnd, workedOff } from "./fakeCluster.ts";

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
    [
      "asks for too few",
      { triggers: [busTrigger({ target: 5000 })] },
      "worker/scales-out",
      "messages-per-replica-too-high",
    ],
    ["never goes to 0", { minReplicas: 1 }, "worker/scales-in", "min-replicas-above-idle"],
    [
      "watches another queue",
      { triggers: [busTrigger({ queue: "invoices" })] },
      "worker/scales-out",
      "scaled-object-polls-other-queue",
    ],
  ] as [string, Partial<ScaledObjectState>, string, string][])(
    "fails at once, without a load: a ScaledObject that %s",
    async (_title, broken, name, cause) => {
      const cluster = fakeCluster(() => ({ workerScaledObject: value({ ...SCALED_OBJECT, ...broken }) }));
      const report = await run("queue-backlog", cluster);
      expect(cluster.loadsStarted).toBe(0);
      expect(report.samples.length).toBeLessThan(3);
      expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({
        verdict: "fail",
        not: { [name]: `fail: ${cause}` },
      });
    },
  );

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
    const report = await run("api-cpu", cluster);
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
    const report = await run("queue-backlog", cluster);
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
    const report = await run("below-activation", cluster);
    expect(cluster.actions).toEqual(["activationMessageCount = 20", "activationMessageCount restored"]);
    // The load ends at 3 s; two polls of 5 s and 10 s later nothing has moved, and that is seen a second after.
    expect(restoredAfterSeconds).toBe(24);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
  });

  test("it is restored when the run is interrupted, too", async () => {
    const cluster = fakeCluster((seconds = 0) => {
      if (seconds === 8) cluster.abort.abort();
      return { queue: value({ active: seconds > 1 ? 10 : 0, deadLettered: 0 }) };
    });
    const report = await run("below-activation", cluster);
    expect(cluster.actions).toEqual(["activationMessageCount = 20", "activationMessageCount restored"]);
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
    expect(cluster.actions).toEqual(["maxReplicaCount = 1", "kill worker", "maxReplicaCount restored"]);
  });

  test("what the cluster refuses to change ends the scenario before its load", async () => {
    const cluster = fakeCluster(() => ({}));
    cluster.environment.change = () => Promise.reject(new Error("scaledobject worker cannot be patched: 403"));
    const report = await run("below-activation", cluster);
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
      Promise.resolve({
        revertCommand: `kubectl patch ${lastOf(field)}`,
        undo: () => Promise.reject(new Error("gone")),
      });
    const report = await run("below-activation", cluster);
    expect(report.assertions.find(({ id }) => id === "faults-injected-and-reverted")?.causes).toEqual([
      {
        id: "change-not-reverted",
        subject: "scenario",
        params: { revertCommand: "kubectl patch activationMessageCount", error: "gone" },
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
      ran({ iterations: orderScenarioNamed("api-memory").load.delivered ?? 0 }),
      90,
    );
    const report = await run("api-memory", cluster);
    expect({ verdict: report.verdict, not: notPassed(report.assertions) }).toEqual({ verdict: "pass", not: {} });
    expect(cluster.actions).toEqual(["averageUtilization = 10000", "averageUtilization restored", "restart api"]);
    // What was read before the proof's own changes does not count as idle for the next load.
    const { environment } = cluster;
    expect(environment.sampler.samples.filter(({ atMs }) => atMs < environment.nowMs())).toEqual([]);
    expect(secondsUntilEnd(report, "loadEndedAt")).toBe(46);
  });
});

test("a report of what was never started names the workloads", () => {
  expect(
    neverStarted(orderScenarioNamed("api-cpu"), null, [], causeOf("proof-error", "scenario", { message: "no way" })),
  ).toMatchObject({
    name: "api-cpu",
    verdict: "inconclusive",
    mustScale: ["api"],
    mustNotScale: ["worker"],
  });
});
