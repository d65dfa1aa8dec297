import { integrate, type Curve, valueAt } from "../../../loadtest/model/curve.ts";

describe("an integral over readings", () => {
  const curve: Curve = [
    { atMs: 0, value: 2 },
    { atMs: 1000, value: 4 },
    { atMs: 9000, value: 1 },
  ];

  test("holds each reading until the next, the last one too", () => {
    expect(integrate(curve, 0, 10_000, 60_000)).toEqual({ integral: 2 + 32 + 1, unknownSeconds: 0 });
  });

  test("but for no longer than it may, and says what is unknown then", () => {
    expect(integrate(curve, 0, 10_000, 5000)).toEqual({ integral: 2 + 20 + 1, unknownSeconds: 3 });
  });

  test("from within a reading, and before the first one nothing is known", () => {
    expect(integrate(curve, 500, 2000, 5000)).toEqual({ integral: 1 + 4, unknownSeconds: 0 });
    expect(integrate(curve, -1000, 1000, 5000)).toEqual({ integral: 2, unknownSeconds: 1 });
    expect(integrate([], 0, 1000, 5000)).toEqual({ integral: 0, unknownSeconds: 1 });
  });
});

test("the value at a moment is that of the last reading until then", () => {
  const curve: Curve = [1, 3, 4, 8, 9].map((atMs) => ({ atMs, value: atMs * 10 }));
  const seen = Array.from({ length: 11 }, (_, atMs) => valueAt(curve, atMs));
  expect(seen).toEqual([undefined, 10, 10, 30, 40, 40, 40, 40, 80, 90, 90]);
  expect(valueAt([], 1)).toBeUndefined();
});
