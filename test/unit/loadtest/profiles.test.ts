import {
  declaredRequests,
  durationSeconds,
  formatSteps,
  parseSteps,
  positiveInteger,
  sizesOf,
  stagesOf,
} from "../../../loadtest/k6/lib/profiles.ts";

test("steps are written as <requests per second>x<seconds>", () => {
  const steps = parseSteps("API_STEPS", "900x60, 1600x15");
  expect(steps).toEqual([
    { requestsPerSecond: 900, seconds: 60 },
    { requestsPerSecond: 1600, seconds: 15 },
  ]);
  expect(parseSteps("API_STEPS", formatSteps(steps))).toEqual(steps);
  expect(durationSeconds(steps)).toBe(75);
  expect(declaredRequests(steps)).toBe(78_000);
});

test.each(["", "900", "900x", "0x5", "5x0", "900x60,", "9e2x60", "-1x5"])("%j is refused by name", (text) => {
  expect(() => parseSteps("ORDER_STEPS", text)).toThrow("ORDER_STEPS");
});

test("a step is a jump to its rate, which is then held", () => {
  expect(stagesOf([{ requestsPerSecond: 100, seconds: 20 }])).toEqual([
    { target: 100, duration: "0s" },
    { target: 100, duration: "20s" },
  ]);
});

test.each(["smoke", "standard"] as const)("the reads of %s are within what two cores carry", (profile) => {
  const { readSteps, spikeSteps } = sizesOf[profile];
  // Long enough at the first rate for the HPA to see it: a CPU sample is up to 40 s old when it acts on it.
  expect(readSteps[0]?.seconds).toBeGreaterThanOrEqual(45);
  expect(Math.max(...readSteps.map(({ requestsPerSecond }) => requestsPerSecond))).toBeLessThanOrEqual(2000);
  expect(spikeSteps.map(({ requestsPerSecond }) => requestsPerSecond)).toEqual([100, 1000]);
});

test("a number from the environment is whole and at least 1, and missing is the default", () => {
  expect(positiveInteger("ORDERS", "12", 4000)).toBe(12);
  expect(positiveInteger("ORDERS", undefined, 4000)).toBe(4000);
  expect(positiveInteger("ORDERS", "", 4000)).toBe(4000);
  for (const wrong of ["0", "-1", "1.5", "many"]) {
    expect(() => positiveInteger("ORDERS", wrong, 1)).toThrow(`ORDERS is "${wrong}"`);
  }
});
