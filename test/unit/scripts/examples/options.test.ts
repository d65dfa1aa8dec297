import { GATE } from "../../../../scripts/examples/catalogue.ts";
import { parseExamplesRequest } from "../../../../scripts/examples/options.ts";

const known = ["cron", "podinfo-cpu", "redis-list"];

test("without a word all are run once", () => {
  expect(parseExamplesRequest([], known)).toEqual({ kind: "run", names: known, repeats: 1 });
});

test("some are named, and run in their own order", () => {
  const args = ["--only", "redis-list", "--only", "cron", "--repeats", "20"];
  expect(parseExamplesRequest(args, known)).toEqual({ kind: "run", names: ["cron", "redis-list"], repeats: 20 });
});

test("the gate runs its two", () => {
  expect(parseExamplesRequest(["--gate"], known)).toEqual({ kind: "run", names: [...GATE], repeats: 1 });
});

test("the table is written without a run", () => {
  expect(parseExamplesRequest(["--table"], known)).toEqual({ kind: "table" });
});

test.each([
  [["--only", "redis"], "there is no example redis"],
  [["--repeats", "0"], "--repeats 0 is no number of repeats"],
  [["--repeats", "many"], "--repeats many is no number of repeats"],
  [["--gate", "--only", "cron"], "--gate and --only both say"],
  [["--olny", "cron"], "Unknown option '--olny'"],
])("what cannot be is said: %j", (args, message) => {
  expect(() => parseExamplesRequest(args, known)).toThrow(message);
});
