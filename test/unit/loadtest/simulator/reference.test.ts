import { parseReferenceRequest } from "../../../reference/options.ts";
import { difference } from "../../../support/simulator/suites.ts";

describe("npm run test:reference", () => {
  test("compares all suites in full, with a seed of its own", () => {
    const { kind, suites, cases, seed } = parseReferenceRequest([]);
    expect([kind, suites.map(({ id }) => id), cases, seed]).toEqual([
      "compare",
      ["external", "resource", "keda", "both"],
      null,
      null,
    ]);
  });

  test("takes suites, a number of cases and a seed", () => {
    const request = parseReferenceRequest(["--suite", "keda", "--cases", "300", "--seed", "7"]);
    expect([request.suites.map(({ id }) => id), request.cases, request.seed]).toEqual([["keda"], 300, 7]);
  });

  test.each([
    [["--suite", "vpa"], "there is no suite vpa"],
    [["--cases", "0"], "--cases 0 is no positive integer"],
    [["--seed", "x"], "--seed x is no positive integer"],
    [["--all"], "--all"],
  ])("%p is refused", (args, text) => {
    expect(() => parseReferenceRequest(args)).toThrow(text);
  });
});

describe("the comparison of two traces", () => {
  const trace = { name: "a", rows: [{ atMillis: 1 }, { atMillis: 2 }] };

  test("gives the first row that differs, also where one has more", () => {
    expect(difference(trace, { name: "a", rows: [{ atMillis: 1 }, { atMillis: 2 }] })).toBeNull();
    expect(difference(trace, { name: "a", rows: [{ atMillis: 1 }, { atMillis: 3 }] })).toEqual({
      expected: { atMillis: 2 },
      actual: { atMillis: 3 },
    });
    expect(difference(trace, { name: "a", rows: [{ atMillis: 1 }] })).toEqual({
      expected: { atMillis: 2 },
      actual: undefined,
    });
  });

  test("finds what differs beside the rows", () => {
    expect(difference(trace, { ...trace, name: "b" })).not.toBeNull();
  });
});
