import { median, table, verdict, type Row } from "../../../bench/table.ts";

const rate: Row = { what: "rate", unit: "/s", better: "more", atLeast: 5_000, aim: 9_000, measured: [6_000] };
const time: Row = { what: "time", unit: "ms", better: "less", atLeast: 5, aim: 1, measured: [3.2] };

it("the median is the middle of the sorted values", () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it("a row's verdict is aim, enough or short, by its median", () => {
  expect(verdict(rate)).toBe("enough");
  expect(verdict({ ...rate, measured: [9_000, 9_001, 1] })).toBe("aim");
  expect(verdict({ ...rate, measured: [4_999] })).toBe("short");
  expect(verdict(time)).toBe("enough");
  expect(verdict({ ...time, measured: [0.9] })).toBe("aim");
  expect(verdict({ ...time, measured: [5.1] })).toBe("short");
  expect(verdict({ ...time, atLeast: undefined })).toBe("");
});

it("the table shows each median with its spread and its ratio to the bare server", () => {
  const lines = table([{ ...rate, measured: [6_000, 7_000, 12_345], bare: [14_000] }, time]).split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[2]?.split("|").map((cell) => cell.trim())).toEqual([
    "",
    "rate",
    "5.00 k/s",
    "9.00 k/s",
    "7.00 k/s",
    "6.00 k/s – 12 k/s",
    "enough",
    "14 k/s",
    "0.50",
    "",
  ]);
  expect(lines[3]).toMatch(/time .* 5\.00 ms .* 1\.00 ms .* 3\.20 ms .* enough/);
});
