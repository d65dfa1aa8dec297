import { passOrShort, ratioTable, valuesOf, type RatioRow } from "../../../bench/services/ratioRow.ts";

const ratio: RatioRow = {
  ...{ what: "rate", by: "ratio", better: "more", target: 0.5 },
  measured: { unit: "/CPU-s", values: [4_000, 6_000, 5_000] },
  reference: { what: "bare", unit: "/CPU-s", values: [8_000, 8_000, 20_000] },
};
const difference: RatioRow = {
  ...{ what: "start", by: "difference", better: "less", target: 200 },
  measured: { unit: "ms", values: [300] },
  reference: { what: "node", unit: "ms", values: [40] },
};

it("each repetition is held against the reference of the same repetition", () => {
  expect(valuesOf(ratio)).toEqual([0.5, 0.75, 0.25]);
  expect(valuesOf(difference)).toEqual([260]);
  expect(valuesOf({ ...ratio, by: "itself" })).toEqual([4_000, 6_000, 5_000]);
});

it("a repetition without a reference is an error that names the row", () => {
  const { reference, ...without } = ratio;
  expect(reference).toBeDefined();
  expect(() => valuesOf(without)).toThrow("rate: repetition 1 has no reference");
});

it("a row passes when its median reaches the target, and is short when not", () => {
  expect(passOrShort(ratio)).toBe("pass");
  expect(passOrShort({ ...ratio, target: 0.51 })).toBe("short");
  expect(passOrShort(difference)).toBe("short");
  expect(passOrShort({ ...difference, target: 260 })).toBe("pass");
  const { target, ...without } = ratio;
  expect(target).toBe(0.5);
  expect(passOrShort(without)).toBe("");
});

it("the table shows target, median, spread, verdict and both sides with their units", () => {
  const cells = ratioTable([ratio, difference])
    .split("\n")
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(cells).toEqual([
    ["", "rate", "≥ 0.50 ×", "0.50 ×", "0.25 × – 0.75 ×", "pass", "5,000 /CPU-s", "8,000 /CPU-s", "bare", ""],
    ["", "start", "≤ +200 ms", "+260 ms", "", "short", "300 ms", "40.0 ms", "node", ""],
  ]);
});
