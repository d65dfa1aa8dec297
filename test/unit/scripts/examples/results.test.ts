import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Example } from "../../../../scripts/examples/catalogue.ts";
import { appendJsonLine } from "../../../../scripts/process/jsonLines.ts";
import { causesOf } from "../../../../scripts/proof/proveApart.ts";
import { isExpected, isSameRun, readResults, type Result, runsOf } from "../../../../scripts/examples/results.ts";
import { withTable } from "../../../../scripts/examples/table.ts";

const work = await mkdtemp(join(tmpdir(), "results-"));
afterAll(() => rm(work, { recursive: true }));

const example: Example = {
  name: "redis-list",
  folder: "/examples/redis-list",
  namespace: "example-redis-list",
  title: "A Redis list",
  load: "command",
  expectedCause: "max-replicas-below-required",
  digest: "d1",
};

const passed: Result = {
  name: "redis-list",
  variant: "manifests",
  repeat: 1,
  inputs: "d1-p1",
  startedAt: "2026-01-02T03:04:05.000Z",
  verdict: "pass",
  seconds: 80,
  causes: [],
};
const failed: Result = {
  ...passed,
  variant: "broken",
  verdict: "fail",
  seconds: 9,
  causes: ["scaled-out-too-little", "max-replicas-below-required"],
};

test("results are read back as they were appended, and there are none without a file", async () => {
  const path = join(work, "new/results.jsonl");
  expect(await readResults(path)).toEqual([]);
  await appendJsonLine(path, passed);
  await appendJsonLine(path, failed);
  expect(await readResults(path)).toEqual([passed, failed]);
});

test("a line that is no result is named by its place", async () => {
  const path = join(work, "bad.jsonl");
  await writeFile(path, `${JSON.stringify(passed)}\n{"name": 1}\n`);
  await expect(readResults(path)).rejects.toThrow(`${path}:2 is no result`);
});

test("both variants are run by turns, as often as asked", () => {
  expect(runsOf([example], 2, "p1").map(({ key }) => `${key.variant} ${key.repeat} ${key.inputs}`)).toEqual([
    "manifests 1 d1-p1",
    "broken 1 d1-p1",
    "manifests 2 d1-p1",
    "broken 2 d1-p1",
  ]);
});

test.each([
  ["variant", { variant: "broken" }],
  ["repeat", { repeat: 2 }],
  ["inputs", { inputs: "d2-p1" }],
  ["name", { name: "cron" }],
] as const)("another %s is another run", (_, difference) => {
  expect(isSameRun(passed, { ...passed, ...difference })).toBe(false);
  expect(isSameRun(passed, { ...passed })).toBe(true);
});

test.each<[Result, boolean]>([
  [passed, true],
  [{ ...passed, verdict: "inconclusive" }, false],
  [failed, true],
  [{ ...failed, causes: ["scaled-out-too-little"] }, false],
  [{ ...failed, verdict: "inconclusive" }, false],
  [{ ...failed, verdict: "pass", causes: [] }, false],
])("%j is expected: %p", (result, expected) => {
  expect(isExpected(result, example)).toBe(expected);
});

test("causes are those of the assertions that made the verdict, each once", () => {
  const assertion = (status: "pass" | "fail" | "inconclusive", ...ids: string[]) => ({
    status,
    causes: ids.map((id) => ({ id })),
  });
  const scenarios = [
    { assertions: [assertion("fail", "a", "b"), assertion("inconclusive", "c")] },
    { assertions: [assertion("fail", "a"), assertion("pass")] },
  ];
  expect(causesOf("fail", scenarios)).toEqual(["a", "b"]);
  expect(causesOf("inconclusive", scenarios)).toEqual(["c"]);
  expect(causesOf("pass", scenarios)).toEqual([]);
});

const page = `# Examples

<!-- results: begin, written by npm run test:examples:table -->
old
<!-- results: end -->

After.
`;

test("the table counts verdicts, and of the broken variant those with the expected cause", () => {
  const results = [passed, { ...passed, repeat: 2, seconds: 95 }, failed, { ...failed, repeat: 2, causes: [] }];
  const written = withTable(page, [example], results);
  expect(written).toContain(
    "| [A Redis list](../examples/redis-list/README.md) | command | 2 PASS | 80 to 95 s | 2 FAIL | `max-replicas-below-required`: 1 of 2 |",
  );
  expect(written).not.toContain("old");
  expect(written).toMatch(/^# Examples\n[^]*\n\nAfter\.\n$/);
});

test("what was not run is said to be", () => {
  expect(withTable(page, [example], [])).toContain("| command | not run | not run | not run |");
});

test("a page without a place for the table is rejected", () => {
  expect(() => withTable("# Examples\n", [example], [])).toThrow("the page has no lines");
});
