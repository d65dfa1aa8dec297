import {
  apiCpuSteps,
  declaredRequests,
  durationSeconds,
  formatSteps,
  parseSteps,
  positiveInteger,
} from "../../../loadtest/profiles.ts";

test("steps are written as <requests per second>x<seconds>", () => {
  const steps = parseSteps("900x60, 1600x15");
  expect(steps).toEqual([
    { requestsPerSecond: 900, seconds: 60 },
    { requestsPerSecond: 1600, seconds: 15 },
  ]);
  expect(parseSteps(formatSteps(steps))).toEqual(steps);
  expect(durationSeconds(steps)).toBe(75);
  expect(declaredRequests(steps)).toBe(78_000);
});

test.each(["", "900", "900x", "0x5", "5x0", "900x60,", "9e2x60", "-1x5"])("%j is refused by name", (text) => {
  expect(() => parseSteps(text)).toThrow("API_STEPS");
});

test("the declared look-ups begin with 900/s for 60 s and end with 3,000/s", () => {
  expect(apiCpuSteps[0]).toEqual({ requestsPerSecond: 900, seconds: 60 });
  expect(apiCpuSteps.at(-1)?.requestsPerSecond).toBe(3000);
  expect(durationSeconds(apiCpuSteps)).toBeLessThanOrEqual(120);
});

test("a number from the environment is whole and at least 1, and missing is the default", () => {
  expect(positiveInteger("ORDERS", "12", 4000)).toBe(12);
  expect(positiveInteger("ORDERS", undefined, 4000)).toBe(4000);
  expect(positiveInteger("ORDERS", "", 4000)).toBe(4000);
  for (const wrong of ["0", "-1", "1.5", "many"]) {
    expect(() => positiveInteger("ORDERS", wrong, 1)).toThrow(`ORDERS is "${wrong}"`);
  }
});
