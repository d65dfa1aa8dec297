import type { Reading } from "../../../loadtest/model/reading.ts";
import { evaluate, evaluateReads, reads, scenarioOf, type Evaluated } from "./evaluation.ts";
import {
  containerMetric,
  deployment,
  GAP,
  ledgerOf,
  LOAD_START_MS,
  ran,
  run,
  samples,
  value,
  API_AUTOSCALER,
} from "./fixtures.ts";

describe("api-cpu", () => {
  test("passes when the API goes 1 → 3 → 1 and the worker stays", () => {
    const { verdict, not, all } = evaluateReads({ samples: samples(-10, 155, reads) });
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
    expect(all.find(({ id }) => id === "scales-in")?.measured).toMatchObject({ afterSeconds: 45 });
  });

  test("fails with the HPA's own reading when the API did not scale", () => {
    const cpu = containerMetric("cpu", "api", 40, 60);
    const { not } = evaluateReads({
      samples: samples(-10, 155, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [cpu] }) })),
    });
    expect(not["api/scales-out"]).toBe("fail: stayed-at, hpa-metric-peak");
  });

  test("fails when the API scaled although CPU was never above its target", () => {
    const metrics = [containerMetric("cpu", "api", 60, 60), containerMetric("memory", "api", 190, 80)];
    const { not } = evaluateReads({
      samples: samples(-10, 155, (at) => ({ ...reads(at), apiAutoscaler: value({ ...API_AUTOSCALER, metrics }) })),
    });
    expect(not).toEqual({ "api/scaled-on-own-metric": "fail: hpa-metric-never-above-target" });
  });

  test("fails with the HPA's condition when it has no reading", () => {
    const conditions = {
      ScalingActive: {
        status: "False",
        reason: "FailedGetContainerResourceMetric",
        message: "missing request for cpu",
      },
    };
    const { not } = evaluateReads({
      samples: samples(-10, 155, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, conditions }) })),
    });
    expect(not["api/scales-out"]).toBe("fail: stayed-at, hpa-condition-false, hpa-metric-peak");
  });

  test("fails when a single worker shows up", () => {
    const { verdict, not } = evaluateReads({
      samples: samples(-10, 155, (at) => ({
        ...reads(at),
        ...(at === 90 ? { workerDeployment: deployment(1, 0), queue: value({ active: 7, deadLettered: 0 }) } : {}),
      })),
    });
    expect(verdict).toBe("fail");
    expect(not["worker/does-not-scale"]).toBe(
      "fail: replicas-changed, queue-held-messages, hpa-recommended, hpa-metric-peak",
    );
  });

  test("fails when orders were on the queue meanwhile, even for one sample", () => {
    const { not } = evaluateReads({
      samples: samples(-10, 155, (at) => ({
        ...reads(at),
        ...(at === 60 ? { queue: value({ active: 3, deadLettered: 0 }) } : {}),
      })),
    });
    expect(not).toEqual({
      "queue/queue-stays-empty": "fail: messages-from-elsewhere",
    });
  });

  test("is inconclusive about the queue where it could not be read", () => {
    const { not } = evaluateReads({ samples: samples(-10, 155, (at) => ({ ...reads(at), queue: GAP })) });
    expect(not["queue/queue-stays-empty"]).toMatch(/^inconclusive/);
  });

  test("is inconclusive about the scale-in where the observation ended early", () => {
    const { not } = evaluateReads({ samples: samples(-10, 130, reads) });
    expect(not).toEqual({ "api/scales-in": "inconclusive: observation-ended" });
  });

  test("fails when it does not scale in, with the metric that is still above its target", () => {
    const { not } = evaluateReads({
      samples: samples(-10, 260, (at) => {
        const cpu = containerMetric("cpu", "api", at > 20 && at < 110 ? 170 : 5, 60);
        const memory = containerMetric("memory", "api", at > 110 ? 95 : 40, 80);
        const desired = at < 30 ? 1 : 3;
        const apiAutoscaler = value({ ...API_AUTOSCALER, desired, metrics: [cpu, memory] });
        return { ...reads(Math.min(at, 140)), apiAutoscaler };
      }),
    });
    expect(not["api/scales-in"]).toBe("fail: not-scaled-in, hpa-metric-still-above-target");
  });
});

describe("a soak", () => {
  /** Five minutes of load with the API's memory, in percent, as given by the second. */
  function evaluateSoak(
    memoryAt: (at: number) => number,
    thirdsP95: number[] = [5, 5, 5],
    workerMemory: Reading<number[]> | null = value([80, 90, 95]),
  ): Evaluated {
    const seen = samples(-10, 340, (at) => ({
      workerDeployment: deployment(at >= 4 && at < 330 ? 1 : 0),
      queue: value({ active: at >= 1 && at < 305 ? 3 : 0, deadLettered: 0 }),
      apiAutoscaler: value({
        ...API_AUTOSCALER,
        metrics: [containerMetric("memory", "api", memoryAt(at), 80)],
      }),
    }));
    return evaluate("soak", {
      run: run({
        samples: seen,
        loadEndMs: LOAD_START_MS + 300_000,
        load: ran({ iterations: scenarioOf("soak").load.delivered ?? 0 }),
      }),
      ledger: value(ledgerOf()),
      thirds: thirdsP95.map((p95) => ({ p50: 1, p95, p99: p95, max: p95 })),
      workerMemory,
    });
  }

  test("passes when nothing grows", () => {
    const { verdict, not } = evaluateSoak(() => 30);
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test("growth in the first third is no drift", () => {
    expect(evaluateSoak((at) => (at < 100 ? 15 : 40), [500, 5, 5]).verdict).toBe("pass");
  });

  test("memory that grows fails", () => {
    expect(evaluateSoak((at) => 20 + at / 10).not).toEqual({
      "api/memory-steady": "fail: grew-under-steady-load",
    });
  });

  test("a worker's memory that grows fails; unread it is inconclusive, and without Prometheus nothing is asserted", () => {
    const drift = "worker/memory-steady";
    expect(evaluateSoak(() => 30, undefined, value([80, 90, 104])).not).toEqual({
      [drift]: "fail: grew-under-steady-load",
    });
    expect(evaluateSoak(() => 30, undefined, { kind: "gap", error: "no answer" }).not).toEqual({
      [drift]: "inconclusive: counters-unreadable",
    });
    expect(evaluateSoak(() => 30, undefined, null).verdict).toBe("pass");
  });

  test("latency that grows fails; without durations by thirds it is inconclusive", () => {
    expect(evaluateSoak(() => 30, [5, 5, 80]).not["load/latency-steady"]).toMatch(/^fail/);
    expect(evaluateSoak(() => 30, []).not["load/latency-steady"]).toMatch(/^inconclusive/);
  });
});
