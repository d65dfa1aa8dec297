import { evaluateBacklog, processedBacklog, type Readings } from "./evaluation.ts";
import {
  ABSENT,
  containerMetric,
  deployment,
  ledgerOf,
  queueMetric,
  samples,
  value,
  SCALED_OBJECT,
  API_AUTOSCALER,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

describe("queue-backlog", () => {
  test("passes when the worker goes 0 → 4 → 0, the API does not scale, and every order is processed", () => {
    const { verdict, not, all } = evaluateBacklog({ samples: samples(-10, 85, processedBacklog) });
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
    expect(all.find(({ id }) => id === "scales-out")?.measured).toMatchObject({
      reachedAfterSeconds: 20,
      mostReady: 5,
    });
    expect(all.find(({ id }) => id === "scales-in")).toMatchObject({
      expected: { replicas: 0, after: "queue-empty" },
      measured: { afterSeconds: 20 },
    });
  });

  test("fails, and names the pause, when the ScaledObject is paused", () => {
    const paused = (at: number): Readings => ({
      queue: value({ active: at >= 1 ? 4000 : 0, deadLettered: 0 }),
      workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
      workerAutoscaler: ABSENT,
    });
    const ledger = value(ledgerOf({ processedOnce: 0, waiting: 4000 }));
    const { verdict, not } = evaluateBacklog({ samples: samples(-10, 181, paused) }, ledger);
    expect(verdict).toBe("fail");
    expect(not["worker/scales-out"]).toBe("fail: stayed-at, scaled-object-paused, hpa-missing");
    expect(not["orders/all-processed"]).toMatch(/^inconclusive/);
    expect(not["worker/scales-in"]).toBe("inconclusive: never-above-idle");
    expect(Object.keys(not)).toEqual([
      "worker/first-replica-ready",
      "worker/scales-out",
      "worker/scaled-on-own-metric",
      "worker/scales-in",
      "orders/all-processed",
    ]);
  });

  test.each([
    [
      "its scaler errs",
      {
        workerScaledObject: value({
          ...SCALED_OBJECT,
          conditions: { Ready: { status: "False", reason: "TriggerError", message: "401 Unauthorized" } },
        }),
      },
      { id: "scaled-object-not-ready", params: { reason: "TriggerError", message: "401 Unauthorized" } },
    ],
    [
      "it is not there",
      { workerScaledObject: ABSENT },
      { id: "scaled-by-hpa-without-queue-length", subject: "worker" },
    ],
    [
      "its maximum is too low",
      { workerAutoscaler: value({ ...WORKER_AUTOSCALER, max: 1 }), workerDeployment: deployment(1) },
      { id: "max-replicas-below-required", params: { object: "HorizontalPodAutoscaler", maxReplicas: 1, required: 4 } },
    ],
    [
      "its pods do not start",
      { workerDeployment: deployment(8, 0) },
      { id: "pods-not-ready", params: { desired: 8, ready: 0 } },
    ],
    ["the Deployment is gone", { workerDeployment: ABSENT }, { id: "deployment-missing", subject: "worker" }],
  ] as [string, Readings, object][])("fails with the cause when %s", (_title, broken, cause) => {
    const { not, all } = evaluateBacklog({
      samples: samples(-10, 181, (at) => ({
        queue: value({ active: at >= 1 ? 4000 : 0, deadLettered: 0 }),
        ...(at >= 0 || !("workerDeployment" in broken) ? broken : {}),
      })),
    });
    expect(not["worker/scales-out"]).toMatch(/^fail/);
    expect(all.find(({ id }) => id === "scales-out")?.causes).toContainEqual(expect.objectContaining(cause));
  });

  test("fails when the queue was empty again before enough workers were ready", () => {
    const { not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({
        ...processedBacklog(at),
        workerDeployment: deployment(at >= 5 && at < 80 ? 1 : 0),
        workerAutoscaler: value({ ...WORKER_AUTOSCALER, metrics: [queueMetric(4000, 5000)] }),
      })),
    });
    expect(not["worker/scales-out"]).toBe("fail: scaled-out-too-little, hpa-metric-peak");
  });

  test("fails when the API scaled in a single sample", () => {
    const { verdict, not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({
        ...processedBacklog(at),
        ...(at === 30
          ? {
              apiDeployment: deployment(2, 1),
              apiAutoscaler: value({
                ...API_AUTOSCALER,
                desired: 2,
                metrics: [containerMetric("cpu", "api", 90, 60)],
              }),
            }
          : {}),
      })),
    });
    expect(verdict).toBe("fail");
    expect(not).toEqual({
      "api/does-not-scale": "fail: replicas-changed, hpa-recommended, hpa-metric-peak, metric-follows-queue",
    });
  });

  test("a pod that is not ready for a moment is measured, and is no scaling", () => {
    const { verdict, all } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({
        ...processedBacklog(at),
        ...(at === 30 ? { apiDeployment: deployment(1, 0) } : {}),
      })),
    });
    expect(verdict).toBe("pass");
    expect(all.find(({ id }) => id === "does-not-scale")?.measured).toMatchObject({ notAllReady: 1, deviations: 0 });
  });

  test("fails when an API pod goes although no autoscaler scaled", () => {
    const { not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({
        ...processedBacklog(at),
        ...(at === 30 ? { apiDeployment: value({ desired: 1, replicas: 0, ready: 0, rolledOut: false }) } : {}),
      })),
    });
    expect(not["api/does-not-scale"]).toBe("fail: replicas-changed, replicas-lost-without-scaling");
  });

  test("fails when the API's Deployment goes away: absent is a reading", () => {
    const { not, all } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({ ...processedBacklog(at), ...(at === 30 ? { apiDeployment: ABSENT } : {}) })),
    });
    expect(not["api/does-not-scale"]).toMatch(/^fail/);
    expect(all.find(({ id }) => id === "does-not-scale")?.measured).toMatchObject({
      first: { seen: "absent", atSeconds: 30 },
    });
  });

  test("fails when the worker stays although the queue is empty", () => {
    const stuck = (at: number): Readings => ({ ...processedBacklog(at), workerDeployment: deployment(at < 5 ? 0 : 5) });
    const { verdict, not } = evaluateBacklog({ samples: samples(-10, 205, stuck) });
    expect(verdict).toBe("fail");
    expect(not).toEqual({ "worker/scales-in": "fail: not-scaled-in" });
  });

  test("fails when the worker was back only after its deadline", () => {
    const late = (at: number): Readings => ({
      ...processedBacklog(at),
      workerDeployment: deployment(at < 5 || at > 210 ? 0 : 5),
    });
    expect(evaluateBacklog({ samples: samples(-10, 215, late) }).not).toEqual({
      "worker/scales-in": "fail: scaled-in-late",
    });
  });

  test("fails when the worker scaled in and out again", () => {
    const flapping = (at: number): Readings => ({
      ...processedBacklog(at),
      workerDeployment: deployment(at < 5 || (at >= 70 && at < 80) ? 0 : 5),
    });
    expect(evaluateBacklog({ samples: samples(-10, 205, flapping) }).not["worker/scales-in"]).toMatch(/^fail/);
  });

  test("fails when the worker was not at 0 before the load", () => {
    const { not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => (at <= 0 ? { workerDeployment: deployment(2) } : processedBacklog(at))),
    });
    expect(not["worker/starts-idle"]).toMatch(/^fail/);
  });
});
