import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type { Elasticity } from "../../../loadtest/model/elasticity.ts";
import type { Sample, WorkloadReadings } from "../../../loadtest/model/observed.ts";
import { NO_OBJECTIVES, type Objectives } from "../../../loadtest/model/scenario.ts";
import { evaluateShop, listWorkedOff, scenarioWith, shopHpa, shopSamples } from "./foreignSystem.ts";
import { containerMetric, deployment, GAP, LOAD_START_MS, notPassed, ran, run } from "./fixtures.ts";

describe("oscillation", () => {
  const rising = [1, 2, 4, 4, 4, 4];
  const flapping = [1, 3, 1, 3, 1, 3];
  const seen = (path: readonly number[], change: (at: number) => Partial<WorkloadReadings> = () => ({})): Sample[] =>
    shopSamples(-10, 140, (at) => ({
      replicas: deployment(at < 0 || at >= 100 ? 1 : (path[Math.min(Math.floor(at / 10), path.length - 1)] ?? 1)),
      autoscaler: shopHpa({ metrics: [containerMetric("cpu", "shop", at > 0 && at < 60 ? 170 : 5, 60)] }),
      ...change(at),
    }));
  const evaluateWith = (directionChanges: number | null, samples: readonly Sample[], of = {}): Assertion[] =>
    evaluateShop(samples, scenarioWith({}, { directionChanges }), of);
  const claim = (all: Assertion[]): unknown => all.find(({ id }) => id === "does-not-oscillate");

  test("is not claimed without an objective", () => {
    expect(claim(evaluateWith(null, seen(flapping)))).toBeUndefined();
  });

  test("the first rise is none, in however many steps, nor is the fall after the load", () => {
    expect(claim(evaluateWith(0, seen(rising)))).toMatchObject({
      status: "pass",
      expected: { maxDirectionChanges: 0 },
      measured: { directionChanges: 0, path: [1, 2, 4] },
    });
  });

  test("each change of direction after that counts", () => {
    expect(claim(evaluateWith(3, seen(flapping)))).toMatchObject({
      status: "fail",
      measured: { directionChanges: 4, path: [1, 3, 1, 3, 1, 3] },
      causes: [{ id: "oscillated", params: { directionChanges: 4, allowed: 3 } }, { id: "hpa-metric-peak" }],
    });
    expect(claim(evaluateWith(4, seen(flapping)))).toMatchObject({ status: "pass" });
  });

  test("gaps make it inconclusive, and excuse nothing that was seen", () => {
    const gaps = (at: number): Partial<WorkloadReadings> => (at % 4 === 0 ? { replicas: GAP } : {});
    expect(claim(evaluateWith(0, seen(rising, gaps)))).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "too-many-samples-missing" }],
    });
    expect(claim(evaluateWith(0, seen(flapping, gaps)))).toMatchObject({ status: "fail" });
  });

  test("under a load that was not the declared one shows nothing", () => {
    const samples = seen(flapping);
    const starved = { run: run({ samples, loadEndMs: LOAD_START_MS + 60_000, load: ran({ iterations: 20 }) }) };
    expect(claim(evaluateWith(0, samples, starved))).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "load-not-delivered" }],
    });
    const cut = seen(rising).filter(({ atMs }) => atMs < LOAD_START_MS + 30_000);
    const interrupted = {
      run: run({ samples: cut, loadEndMs: null, cutShort: "interrupted", load: ran({ iterations: 40 }) }),
    };
    expect(claim(evaluateWith(0, cut, interrupted))).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "run-interrupted" }],
    });
  });
});

describe("elasticity", () => {
  const known: Elasticity = {
    ...{ workload: "shop", seconds: 150, unknownSeconds: 0, demand: "cpu" },
    ...{ underProvisioned: 0.5, overProvisioned: 1.5, underProvisionedShare: null, overProvisionedShare: null },
    ...{ underProvisionedTime: 0.2, overProvisionedTime: 0.4, jitterPerMinute: 0 },
  };
  const not = (elasticity: readonly Elasticity[], of: Partial<Objectives["elasticity"]>): Record<string, string> =>
    notPassed(
      evaluateShop(
        shopSamples(-10, 140, listWorkedOff()),
        scenarioWith({}, { elasticity: { ...NO_OBJECTIVES.elasticity, ...of } }),
        { elasticity },
      ),
    );

  test("is held against the objectives that are set, and no other", () => {
    expect(not([known], {})).toEqual({});
    expect(
      not([known], {
        underProvisioned: 0.5,
        overProvisioned: 1.5,
        underProvisionedTime: 0.2,
        overProvisionedTime: 0.4,
      }),
    ).toEqual({});
    expect(
      not([known], {
        underProvisioned: 0.4,
        overProvisioned: 1.4,
        underProvisionedTime: 0.1,
        overProvisionedTime: 0.3,
      }),
    ).toEqual({
      "shop/under-provisioned-within-objective": "fail: elasticity-exceeds-objective",
      "shop/over-provisioned-within-objective": "fail: elasticity-exceeds-objective",
      "shop/under-provisioned-time-within-objective": "fail: elasticity-exceeds-objective",
      "shop/over-provisioned-time-within-objective": "fail: elasticity-exceeds-objective",
    });
  });

  test("whose demand is not known, or was not for long, is inconclusive", () => {
    expect(not([], { underProvisioned: 1 })).toEqual({
      "shop/under-provisioned-within-objective": "inconclusive: demand-not-known",
    });
    expect(not([{ ...known, workload: "catalogue" }], { overProvisioned: 9 })).toEqual({
      "shop/over-provisioned-within-objective": "inconclusive: demand-not-known",
    });
    expect(not([{ ...known, unknownSeconds: 15 }], { underProvisioned: 1 })).toEqual({});
    expect(not([{ ...known, unknownSeconds: 16 }], { underProvisioned: 1 })).toEqual({
      "shop/under-provisioned-within-objective": "inconclusive: too-many-samples-missing",
    });
  });
});
