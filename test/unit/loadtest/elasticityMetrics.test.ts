import type { Curve } from "../../../loadtest/model/curve.ts";
import { elasticityMetrics, type ElasticityMetrics } from "../../../loadtest/timings/elasticityMetrics.ts";

/** A curve by second: its value from there on. */
function steps(of: Record<number, number>): Curve {
  return Object.entries(of).map(([second, value]) => ({ atMs: Number(second) * 1000, value }));
}

/** From 0 s on; a reading holds as long as nothing else is asked for. */
function metrics(demand: Curve, supply: Curve, toSecond: number, holdSeconds = 1000): ElasticityMetrics | null {
  return elasticityMetrics({ demand, supply }, { fromMs: 0, toMs: toSecond * 1000, holdMs: holdSeconds * 1000 });
}

describe("elasticity metrics", () => {
  // 3 too few for 10 s, just enough for 10 s, 2 too many for 20 s. It is the example of docs/explanation/elasticity.md.
  const example = metrics(steps({ 0: 4, 20: 2 }), steps({ 0: 1, 10: 4 }), 40);

  test("accuracy: the mean of replicas too few, and of replicas too many, over all the time", () => {
    expect(example).toMatchObject({ underProvisioned: (3 * 10) / 40, overProvisioned: (2 * 20) / 40 });
  });

  test("normalised: each replica too few or too many in relation to demand at that moment", () => {
    expect(example).toMatchObject({
      underProvisionedShare: ((3 / 4) * 10) / 40,
      overProvisionedShare: ((2 / 2) * 20) / 40,
    });
  });

  test("timeshare: the share of time with too few, and with too many, however many", () => {
    expect(example).toMatchObject({ underProvisionedTime: 10 / 40, overProvisionedTime: 20 / 40 });
  });

  test("jitter: adaptations of supply less those of demand, each replica by itself, a minute", () => {
    // Supply 1 → 4 are three, demand 4 → 2 are two: one more within 40 s.
    expect(example).toMatchObject({ jitterPerMinute: (3 - 2) / (40 / 60) });
  });

  test("jitter is negative where supply follows less than demand moves, and positive where it oscillates", () => {
    const steady = steps({ 0: 2 });
    const restless = steps({ 0: 2, 10: 4, 20: 2, 30: 4, 40: 2 });
    expect(metrics(restless, steady, 60)).toMatchObject({ jitterPerMinute: -8 });
    expect(metrics(steady, restless, 60)).toMatchObject({ jitterPerMinute: 8 });
    expect(metrics(restless, restless, 60)).toMatchObject({
      jitterPerMinute: 0,
      underProvisioned: 0,
      overProvisioned: 0,
    });
  });

  test("where demand is 0 at times nothing can be normalised by it", () => {
    expect(metrics(steps({ 0: 2, 30: 0 }), steps({ 0: 1 }), 40)).toMatchObject({
      underProvisioned: 30 / 40,
      overProvisioned: 10 / 40,
      underProvisionedShare: null,
      overProvisionedShare: null,
    });
  });

  test("supply that follows exactly is 0 in everything", () => {
    expect(metrics(steps({ 0: 1, 5: 3 }), steps({ 0: 1, 5: 3 }), 20)).toEqual({
      seconds: 20,
      unknownSeconds: 0,
      underProvisioned: 0,
      overProvisioned: 0,
      underProvisionedShare: 0,
      overProvisionedShare: 0,
      underProvisionedTime: 0,
      overProvisionedTime: 0,
      jitterPerMinute: 0,
    });
  });

  test("time at which demand or supply is not known is left out and told: a gap is no zero", () => {
    // Supply is read at 0 s and again at 30 s; a reading holds for 5 s. Known are 0 to 5 s with 2 too few, 30 to 35 s with none.
    const demand = steps(Object.fromEntries(Array.from({ length: 41 }, (_, second) => [second, 3])));
    expect(metrics(demand, steps({ 0: 1, 30: 3 }), 40, 5)).toMatchObject({
      seconds: 40,
      unknownSeconds: 30,
      underProvisioned: (2 * 5) / 10,
      underProvisionedTime: 5 / 10,
      // That it went from 1 to 3 in between is in no time that is known.
      jitterPerMinute: 0,
    });
    expect(metrics(steps({ 0: 1, 30: 3 }), demand, 40, 5)).toMatchObject({ unknownSeconds: 30, overProvisioned: 1 });
  });

  test("nothing is told where nothing is known", () => {
    expect(metrics([], steps({ 0: 1 }), 40)).toBeNull();
    expect(metrics(steps({ 0: 1 }), steps({ 20: 1 }), 40, 5)).toBeNull();
  });

  test("a reading before the window holds into it, and what comes after it does not count", () => {
    const before: Curve = [{ atMs: -2000, value: 2 }];
    const after: Curve = [...before, { atMs: 41_000, value: 9 }];
    expect(metrics(before, after, 40)).toMatchObject({ unknownSeconds: 0, overProvisioned: 0 });
  });

  test("what is small does not become 0", () => {
    const oneSecondOfADay = metrics(steps({ 0: 2, 1: 1 }), steps({ 0: 1 }), 24 * 3600, 24 * 3600);
    expect(oneSecondOfADay?.underProvisionedTime).toBeCloseTo(1 / 86_400, 8);
    expect(oneSecondOfADay?.underProvisionedTime).toBeGreaterThan(0);
  });
});
