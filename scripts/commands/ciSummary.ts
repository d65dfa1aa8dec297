import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { ROOT } from "../process/paths.ts";

/** The folder that the stages wrote to. */
const OUT = process.argv[2] ?? join(ROOT, "out");

/**
 * Counts what a run of `.ci/run` really ran, from the results that its stages left, and prints `N passed, N failed`.
 * A stage that ended with an error and left no failed result counts as one failure of its own: it did not get as far as to test.
 */
const jestResults = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});
const proofReport = z.object({
  scenarios: z.array(z.object({ assertions: z.array(z.object({ status: z.enum(["pass", "fail", "inconclusive"]) })) })),
});

interface Count {
  passed: number;
  failed: number;
}

function read(pattern: string): unknown[] {
  return globSync(pattern, { cwd: OUT }).map((file) => JSON.parse(readFileSync(join(OUT, file), "utf8")) as unknown);
}

function jest(pattern: string): Count {
  const results = read(pattern).map((result) => jestResults.parse(result));
  return {
    passed: results.reduce((sum, { numPassedTests }) => sum + numPassedTests, 0),
    failed: results.reduce((sum, result) => sum + result.numFailedTests + result.numRuntimeErrorTestSuites, 0),
  };
}

function proof(): Count {
  const assertions = read("proof/*/report.json")
    .map((report) => proofReport.parse(report))
    .flatMap(({ scenarios }) => scenarios.flatMap((scenario) => scenario.assertions));
  const passed = assertions.filter(({ status }) => status === "pass").length;
  return { passed, failed: assertions.length - passed };
}

const STAGES: Readonly<Record<string, () => Count>> = {
  test: () => jest("test/jest.json"),
  prove: proof,
  "negative-controls": () => jest("negative-controls/jest.json"),
  down: () => ({ passed: 0, failed: 0 }),
};

const total: Count = { passed: 0, failed: 0 };
for (const [stage, countOf] of Object.entries(STAGES)) {
  const count = countOf();
  const [exitCode] = globSync(join(OUT, "ci", stage)).map((file) => readFileSync(file, "utf8").trim());
  const ranNothing = stage !== "down" && count.passed + count.failed === 0;
  if (count.failed === 0 && (exitCode !== "0" || ranNothing)) count.failed = 1;
  process.stdout.write(`${stage}: exit code ${exitCode ?? "none"}, ${count.passed} ok, ${count.failed} not\n`);
  total.passed += count.passed;
  total.failed += count.failed;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
