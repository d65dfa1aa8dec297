import { pendingCondition, DEADLINES } from "../../../loadtest/assertions/progress.ts";
import type { Elasticity } from "../../../loadtest/model/elasticity.ts";
import type { Sample, WorkloadReadings } from "../../../loadtest/model/observed.ts";
import { type MetricSelector } from "../../../loadtest/model/metric.ts";
import { NO_OBJECTIVES, type Objectives, type Scenario } from "../../../loadtest/model/scenario.ts";
import { verdictOf } from "../../../loadtest/model/verdict.ts";
import {
  evaluateShop,
  expectation,
  externalMetric,
  liveIn,
  redisTrigger,
  shopHpa,
  shopSamples,
  shopScaledObject,
  shopScenario,
} from "./foreignSystem.ts";
import {
  ABSENT,
  containerMetric,
  deployment,
  GAP,
  ledgerOf,
  LOAD_START_MS,
  notPassed,
  ran,
  run,
  value,
} from "./fixtures.ts";

/** 60 s of load; four replicas from 10 s on, until KEDA's trigger was inactive (at 100 s) and its cooldown over. */
function listWorkedOff(min = 0, idle: number | null = null): (at: number) => Partial<WorkloadReadings> {
  const rest = idle ?? min;
  return (at) => {
    const desired = at < 10 || at >= 130 ? rest : at < 14 ? Math.max(1, min) : 4;
    const metrics = [externalMetric(at >= 1 && at < 100 ? 20 : 0, 5)];
    return {
      replicas: deployment(desired),
      autoscaler: shopHpa({ min: Math.max(1, min), desired, metrics }),
      scaledObject: value(
        shopScaledObject(at >= 2 && at < 100, { minReplicas: min, idleReplicas: idle, cooldownSeconds: 15 }),
      ),
    };
  };
}

function scenarioWith(of: Parameters<typeof expectation>[0], objectives: Partial<Objectives> = {}): Scenario {
  return shopScenario({ mustScale: [expectation(of)], objectives: { ...NO_OBJECTIVES, ...objectives } });
}

function idsOf(seen: readonly Sample[], scenario: Scenario): string[] {
  return evaluateShop(seen, scenario).map(({ id }) => id);
}

describe("a list that KEDA follows, of which no queue is read at its source", () => {
  const scenario = scenarioWith({ metric: { kind: "external", name: "s0-redis-jobs" } });

  test("passes, its way back counted from where KEDA found no trigger active", () => {
    const all = evaluateShop(shopSamples(-10, 140, listWorkedOff()), scenario);
    expect({ verdict: verdictOf(all.map(({ status }) => status)), not: notPassed(all) }).toEqual({
      verdict: "pass",
      not: {},
    });
    expect(all.find(({ id }) => id === "scales-in")).toMatchObject({
      expected: { replicas: 0, withinSeconds: 15 + 5 + 120, after: "metric-inactive" },
      measured: { afterSeconds: 30 },
    });
  });

  test("is awaited until then, and until it is back", () => {
    const pendingAt = (seconds: number): unknown => {
      const seen = shopSamples(-10, seconds, listWorkedOff());
      const progress = {
        ...{ samples: seen, loadStartMs: LOAD_START_MS, loadEndMs: LOAD_START_MS + 60_000, loadBroke: false },
        ...{ pending: undefined, lastInjectionMs: null, restoredMs: null },
      };
      return pendingCondition(scenario, progress, liveIn(seen), DEADLINES);
    };
    expect(pendingAt(70)).toEqual({ id: "metric-inactive", workload: "shop" });
    expect(pendingAt(110)).toEqual({ id: "scaled-in", workload: "shop", replicas: 0, asserted: true });
    expect(pendingAt(140)).toBeUndefined();
  });

  test("whose trigger stays active is inconclusive about its way back, and is not awaited for ever", () => {
    const seen = shopSamples(-10, 361, (at) => listWorkedOff()(Math.min(at, 99)));
    expect(notPassed(evaluateShop(seen, scenario))).toEqual({ "shop/scales-in": "inconclusive: moment-not-reached" });
    const progress = {
      ...{ samples: seen, loadStartMs: LOAD_START_MS, loadEndMs: LOAD_START_MS + 60_000, loadBroke: false },
      ...{ pending: undefined, lastInjectionMs: null, restoredMs: null },
    };
    expect(pendingCondition(scenario, progress, liveIn(seen), DEADLINES)).toBeUndefined();
  });

  test("whose load ends before KEDA's first poll is not without demand yet", () => {
    // Of a load of 5 s KEDA sees something at 20 s, and works on it until 190 s.
    const late = shopSamples(-10, 230, (at) => listWorkedOff()(at < 20 ? 0 : at < 190 ? 50 : at < 220 ? 110 : 140));
    const short = { loadEndMs: LOAD_START_MS + 5000, load: ran({ iterations: 40 }) };
    const all = evaluateShop(late, scenario, { run: run({ samples: late, ...short }) });
    expect(all.find(({ id }) => id === "scales-in")).toMatchObject({
      status: "pass",
      measured: { afterSeconds: 220 - 190 },
    });
  });

  test("that keeps a minimum comes back to it within its HPA's window, and idles at it", () => {
    const all = evaluateShop(shopSamples(-10, 140, listWorkedOff(1)), scenario);
    expect(notPassed(all)).toEqual({});
    expect(all.find(({ id }) => id === "scales-in")?.expected).toMatchObject({ replicas: 1, withinSeconds: 30 + 120 });
  });

  test("idles at idleReplicaCount, below its minimum", () => {
    const seen = shopSamples(-10, 140, listWorkedOff(2, 0));
    const all = evaluateShop(seen, scenario);
    expect(notPassed(all)).toEqual({});
    expect(all.find(({ id }) => id === "scales-in")?.expected).toMatchObject({
      replicas: 0,
      withinSeconds: 15 + 5 + 120,
    });
  });

  test("with cpu alone behind KEDA counts its way back from the load's end", () => {
    const seen = shopSamples(-10, 140, (at) => {
      const { scaledObject, ...rest } = listWorkedOff(1)(at);
      const byCpu = { triggers: [redisTrigger({ type: "cpu", queue: null })], minReplicas: 1 };
      return { ...rest, scaledObject: scaledObject && value(shopScaledObject(true, byCpu)) };
    });
    const back = evaluateShop(seen, scenario).find(({ id }) => id === "scales-in");
    expect(back).toMatchObject({ expected: { after: "load-end" }, measured: { afterSeconds: 70 } });
  });
});

describe("scaled on its own metric", () => {
  const ownMetric = "shop/scaled-on-own-metric";
  const withMetrics =
    (...metrics: ReturnType<typeof externalMetric>[]) =>
    (at: number): Partial<WorkloadReadings> => ({ ...listWorkedOff()(at), autoscaler: shopHpa({ metrics }) });
  const not = (selector: MetricSelector, ...metrics: ReturnType<typeof externalMetric>[]): Record<string, string> =>
    notPassed(evaluateShop(shopSamples(-10, 140, withMetrics(...metrics)), scenarioWith({ metric: selector })));

  test("fails for a named metric that the HPA does not have, with those that it has", () => {
    const selector: MetricSelector = { kind: "external", name: "s0-redis-invoices" };
    const seen = shopSamples(-10, 140, withMetrics(externalMetric(20, 5)));
    const all = evaluateShop(seen, scenarioWith({ metric: selector }));
    expect(all.find(({ id }) => id === "scaled-on-own-metric")).toMatchObject({
      status: "fail",
      causes: [{ id: "hpa-metric-not-there", params: { metric: selector, metrics: [externalMetric(20, 5)] } }],
    });
  });

  test("takes the one furthest above its target where several are meant", () => {
    const seen = shopSamples(-10, 140, withMetrics(externalMetric(300, 200, "s1-requests"), externalMetric(20, 5)));
    const all = evaluateShop(seen, scenarioWith({ metric: { kind: "any", name: null } }));
    expect(all.find(({ id }) => id === "scaled-on-own-metric")?.measured).toEqual({ peak: externalMetric(20, 5) });
  });

  test("is not shown by another metric of the same HPA", () => {
    const cpu = containerMetric("cpu", "shop", 170, 60);
    expect(not({ kind: "external", name: null }, cpu, externalMetric(4, 5))).toEqual({
      [ownMetric]: "fail: hpa-metric-never-above-target",
    });
    expect(not({ kind: "resource", name: "cpu", container: "sidecar" }, cpu)).toEqual({
      [ownMetric]: "fail: hpa-metric-not-there",
    });
  });

  test("by an average value in cores or bytes passes as by percent", () => {
    const bytes = { ...containerMetric("memory", "shop", 300 * 2 ** 20, 200 * 2 ** 20), unit: "amount" as const };
    expect(not({ kind: "resource", name: "memory" }, bytes)).toEqual({});
  });

  test("is inconclusive where the target that it is held against is not known", () => {
    expect(not({ kind: "any", name: null }, externalMetric(20, null))).toEqual({
      [ownMetric]: "inconclusive: no-metric-reading",
    });
  });

  test("is not claimed of replicas that KEDA brings itself, and is of those that an HPA brings", () => {
    const idle = (of: Partial<WorkloadReadings>): Sample[] => shopSamples(-10, 140, () => of);
    const keda = (min: number, count: number | null): Sample[] => idle(listWorkedOff(min, count)(0));
    const one = scenarioWith({ atLeast: 1 });
    const two = scenarioWith({ atLeast: 2 });
    expect(idsOf(keda(0, null), one)).not.toContain("scaled-on-own-metric");
    expect(idsOf(keda(0, null), two)).toContain("scaled-on-own-metric");
    // 0 -> 2 -> 0
    expect(idsOf(keda(2, 0), two)).not.toContain("scaled-on-own-metric");
    expect(idsOf(keda(1, null), two)).toContain("scaled-on-own-metric");
    expect(idsOf(idle({}), one)).toContain("scaled-on-own-metric");
  });
});

describe("oscillation", () => {
  const rising = [1, 2, 4, 4, 4, 4];
  const flapping = [1, 3, 1, 3, 1, 3];
  const seen = (path: readonly number[], change: (at: number) => Partial<WorkloadReadings> = () => ({})): Sample[] =>
    shopSamples(-10, 140, (at) => ({
      replicas: deployment(at < 0 || at >= 100 ? 1 : (path[Math.min(Math.floor(at / 10), path.length - 1)] ?? 1)),
      autoscaler: shopHpa({ metrics: [containerMetric("cpu", "shop", at > 0 && at < 60 ? 170 : 5, 60)] }),
      ...change(at),
    }));
  const evaluateWith = (
    directionChanges: number | null,
    samples: readonly Sample[],
    of = {},
  ): ReturnType<typeof evaluateShop> => evaluateShop(samples, scenarioWith({}, { directionChanges }), of);
  const claim = (all: ReturnType<typeof evaluateShop>): unknown => all.find(({ id }) => id === "does-not-oscillate");

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

describe("what else a target tells", () => {
  const seen = shopSamples(-10, 140, listWorkedOff());

  test("traffic is claimed of a control that has a counter, and of no other", () => {
    expect(idsOf(seen, shopScenario())).not.toContain("no-traffic");
    const reached = { traffic: { catalogue: value({ counted: 3, scrapes: null }) } };
    expect(notPassed(evaluateShop(seen, shopScenario(), reached))).toEqual({
      "catalogue/no-traffic": "fail: traffic-reached-workload",
    });
  });

  test("a target's own assertion fails, and is inconclusive where others changed what it is about", () => {
    const assertion = {
      ...{
        id: "query-holds",
        subject: "shop",
        status: "fail",
        basis: "measurement",
        causes: [],
        measured: { value: 3 },
      },
      expected: { name: "errors", query: "errors_total", atLeast: null, atMost: 0 },
    } as const;
    const about = (...workloads: string[]) => ({ targetAssertions: [{ about: workloads, assertion }] });
    const changed = shopSamples(-10, 140, (at) => ({
      ...listWorkedOff()(at),
      ...(at > 120 ? { scaledObject: value(shopScaledObject(false, { maxReplicas: 9, cooldownSeconds: 15 })) } : {}),
    }));
    expect(notPassed(evaluateShop(changed, shopScenario(), about()))).toEqual({ "shop/query-holds": "fail: " });
    expect(notPassed(evaluateShop(changed, shopScenario(), about("shop")))).toEqual({
      "shop/query-holds": "inconclusive: external-field-change",
    });
  });

  test("ids that were not finished fail once the demand was gone, and prove nothing before", () => {
    const ledger = value(ledgerOf({ processedOnce: 3999, waiting: 1 }));
    const causes = (samples: readonly Sample[]) => notPassed(evaluateShop(samples, shopScenario(), { ledger }));
    expect(causes(seen)["orders/all-processed"]).toBe("fail: orders-not-processed");
    const active = shopSamples(-10, 140, (at) => listWorkedOff()(Math.min(at, 99)));
    expect(causes(active)["orders/all-processed"]).toBe("inconclusive: queue-not-awaited");
  });

  test("a load of nothing but time passes when that has passed, and an objective that is not set is not claimed", () => {
    const nothing = shopScenario({ load: { ...shopScenario().load, program: { kind: "none" }, delivered: null } });
    const load = ran({ iterations: 0 });
    const all = evaluateShop(seen, nothing, { run: run({ samples: seen, loadEndMs: LOAD_START_MS + 60_000, load }) });
    expect(notPassed(all)).toEqual({});
    expect(all[0]).toMatchObject({ id: "load-delivered", expected: { iterations: null }, status: "pass" });
    expect(all.map(({ id }) => id)).not.toContain("failed-requests-within-objective");
    const cut = { run: run({ samples: seen, loadEndMs: null, cutShort: "interrupted", load }) };
    expect(evaluateShop(seen, nothing, cut)[0]).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "run-interrupted" }],
    });
  });

  test("a workload without any autoscaler fails with that", () => {
    const none = shopSamples(-10, 140, () => ({ autoscaler: ABSENT, scaledObject: ABSENT }));
    expect(notPassed(evaluateShop(none))["shop/scales-out"]).toBe("fail: stayed-at, autoscaler-missing");
  });
});
