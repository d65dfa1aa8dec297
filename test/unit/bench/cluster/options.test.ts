import { isWhole, parseClusterBenchRequest } from "../../../../bench/cluster/options.ts";

test("everything is measured where nothing is named, and only that is written to the page", () => {
  const whole = parseClusterBenchRequest([]);
  expect(whole).toEqual({ kind: "run", stages: ["drain", "proof"], drains: 3, proofs: 10 });
  expect(isWhole(whole)).toBe(true);
  expect(isWhole(parseClusterBenchRequest(["--only", "proof"]))).toBe(false);
  expect(isWhole(parseClusterBenchRequest(["--proofs", "9"]))).toBe(false);
  expect(parseClusterBenchRequest(["--table"]).kind).toBe("table");
});

test.each([
  [["--only", "drains"], "--only drains is nothing to measure"],
  [["--drains", "6"], "--drains 6 cannot be"],
  [["--proofs", "0"], "--proofs 0 cannot be"],
  [["--fast"], "Unknown option '--fast'"],
])("%j is refused with what is wrong", (args, message) => {
  expect(() => parseClusterBenchRequest(args)).toThrow(message);
});
