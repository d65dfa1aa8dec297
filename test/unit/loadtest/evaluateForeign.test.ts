import { DEADLINES, pendingCondition } from "../../../loadtest/assertions/progress.ts";
import { type Assertion, failed } from "../../../loadtest/model/assertion.ts";
import type { MetricSelector, MetricState } from "../../../loadtest/model/metric.ts";
import type { Sample, WorkloadReadings } from "../../../loadtest/model/observed.ts";
import type { Scenario } from "../../../loadtest/model/scenario.ts";
import { verdictOf } from "../../../loadtest/model/verdict.ts";
import {
  evaluateShop,
  externalMetric,
  listWorkedOff,
  liveIn,
  redisTrigger,
  scenarioWith,
  shopHpa,
  shopSamples,
  shopScaledObject,
  shopScenario,
} from "./foreignSystem.ts";
import { ABSENT, containerMetric, ledgerOf, LOAD_START_MS, notPassed, ran, run, value } from "./fixtures.ts";

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
      const byCpu = { triggers: [redisTrigger({ type: "cpu", queue: null })], minReplicas: 1 };
      return { ...listWorkedOff(1)(at), scaledObject: value(shopScaledObject(true, byCpu)) };
    });
    const back = evaluateShop(seen, scenario).find(({ id }) => id === "scales-in");
    expect(back).toMatchObject({ expected: { after: "load-end" }, measured: { afterSeconds: 70 } });
  });
});

describe("scaled on its own metric", () => {
  const ownMetric = "shop/scaled-on-own-metric";
  const withMetrics =
    (...metrics: MetricState[]) =>
    (at: number): Partial<WorkloadReadings> => ({ ...listWorkedOff()(at), autoscaler: shopHpa({ metrics }) });
  const not = (selector: MetricSelector, ...metrics: MetricState[]): Record<string, string> =>
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

  test("is shown by the external metric for the replicas of that moment, where the HPA wrote its next reading only", () => {
    // 0 to 3 replicas at the first sync: what the HPA then writes is divided by 3, and at its target.
    const seen = (total: number): Sample[] =>
      shopSamples(-10, 140, (at) => ({
        ...withMetrics(externalMetric(at < 20 ? null : 5, 5))(at),
        externalMetrics: value([{ name: "s0-redis-jobs", value: at < 2 ? 0 : total }]),
      }));
    const own = { metric: { kind: "external", name: "s0-redis-jobs" } } as const;
    const all = evaluateShop(seen(15), scenarioWith(own));
    expect(all.find(({ id }) => id === "scaled-on-own-metric")).toMatchObject({
      status: "pass",
      measured: { peak: externalMetric(15, 5) },
    });
    expect(notPassed(evaluateShop(seen(5), scenarioWith(own)))).toEqual({
      [ownMetric]: "fail: hpa-metric-never-above-target",
    });
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
    const bytes = {
      ...containerMetric("memory", "shop", 300 * 2 ** 20, 200 * 2 ** 20),
      targetType: "AverageValue" as const,
    };
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
    const expected = { name: "errors", query: "errors_total", atLeast: null, atMost: 0 };
    const assertion: Assertion = failed({ id: "query-holds", subject: "shop", expected }, { value: 3 });
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
