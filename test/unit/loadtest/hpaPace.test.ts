import { hpaPace, stepsTo } from "../../../loadtest/timings/hpaPace.ts";
import type { ScalingRules } from "../../../loadtest/model/autoscaling.ts";
import { SCALE_DOWN, SCALE_UP } from "./fixtures.ts";

function path(up: Partial<ScalingRules>, from: number, to: number): [number, number][] | undefined {
  return stepsTo({ up: { ...SCALE_UP, ...up }, down: SCALE_DOWN }, from, to)?.map(({ atSeconds, replicas }) => [
    atSeconds,
    replicas,
  ]);
}

function pathDown(down: Partial<ScalingRules>, from: number, to: number): [number, number][] | undefined {
  return stepsTo({ up: SCALE_UP, down: { ...SCALE_DOWN, stabilizationSeconds: 0, ...down } }, from, to)?.map(
    ({ atSeconds, replicas }) => [atSeconds, replicas],
  );
}

describe("an HPA scales out", () => {
  test("by 4 or by twice as many every 15 s, whichever is more: the defaults with a behavior", () => {
    expect(path({}, 1, 20)).toEqual([
      [0, 5],
      [15, 10],
      [30, 20],
    ]);
  });

  test("by the lesser of two policies with selectPolicy Min", () => {
    expect(path({ selectPolicy: "Min" }, 1, 9)).toEqual([
      [0, 2],
      [15, 4],
      [30, 8],
      [45, 9],
    ]);
  });

  test("by a percentage alone, rounded up", () => {
    expect(path({ policies: [{ type: "Percent", value: 10, periodSeconds: 15 }] }, 1, 4)).toEqual([
      [0, 2],
      [15, 3],
      [30, 4],
    ]);
  });

  test("by no more than a policy allows within its period, however often it is synced", () => {
    expect(path({ policies: [{ type: "Pods", value: 2, periodSeconds: 60 }] }, 1, 6)).toEqual([
      [0, 3],
      [60, 5],
      [120, 6],
    ]);
  });

  test("only after the stabilization window in which less was recommended", () => {
    expect(path({ stabilizationSeconds: 60 }, 1, 5)).toEqual([[60, 5]]);
    expect(path({ stabilizationSeconds: 50 }, 1, 5)).toEqual([[60, 5]]);
  });

  test("never with disabled policies, and not at all when it is there already", () => {
    expect(path({ selectPolicy: "Disabled" }, 1, 2)).toBeUndefined();
    expect(path({}, 3, 3)).toEqual([]);
  });

  test("never beyond its maximum, and not below its minimum", () => {
    const pace = hpaPace({
      up: SCALE_UP,
      down: { ...SCALE_DOWN, stabilizationSeconds: 0 },
      minimum: 1,
      maximum: 6,
      replicas: 1,
    });
    expect([pace.sync(0, 80), pace.sync(15, 80), pace.sync(30, 0)]).toEqual([5, 6, 1]);
  });
});

describe("an HPA scales in", () => {
  test("in one step by 100 %", () => {
    expect(pathDown({}, 8, 1)).toEqual([[0, 1]]);
  });

  test("by a percentage, the rest rounded down", () => {
    expect(pathDown({ policies: [{ type: "Percent", value: 50, periodSeconds: 15 }] }, 7, 1)).toEqual([
      [0, 3],
      [15, 1],
    ]);
  });

  test("by the greater of two policies, or by the lesser with selectPolicy Min", () => {
    const policies: ScalingRules["policies"] = [
      { type: "Pods", value: 1, periodSeconds: 15 },
      { type: "Percent", value: 50, periodSeconds: 15 },
    ];
    expect(pathDown({ policies }, 8, 4)).toEqual([[0, 4]]);
    expect(pathDown({ policies, selectPolicy: "Min" }, 8, 6)).toEqual([
      [0, 7],
      [15, 6],
    ]);
  });

  test("once every recommendation within the stabilization window was lower", () => {
    const pace = hpaPace({ up: SCALE_UP, down: SCALE_DOWN, minimum: 1, maximum: 6, replicas: 6 });
    expect([pace.sync(0, 6), pace.sync(15, 4), pace.sync(30, 1), pace.sync(45, 1), pace.sync(60, 1)]).toEqual([
      6, 6, 4, 1, 1,
    ]);
  });
});
