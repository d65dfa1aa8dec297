import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const jestResults = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});
const proofReport = z.object({
  scenarios: z.array(z.object({ assertions: z.array(z.object({ status: z.enum(["pass", "fail", "inconclusive"]) })) })),
});

const exampleCounts = z.object({ asExpected: z.int(), otherwise: z.int() });

/** What a stage of `.ci/run` ran. */
export interface StageSummary {
  stage: string;
  /** Undefined where the stage never ended. */
  exitCode: string | undefined;
  passed: number;
  failed: number;
}

type Count = Pick<StageSummary, "passed" | "failed">;

/** How each stage's results are counted; nothing is, where it only cleans up. */
const STAGES: Readonly<Record<string, ((folder: string) => Count) | undefined>> = {
  test: (folder) => jest(folder, "test/jest.json"),
  prove: (folder) => proof(folder, "proof/*/report.json"),
  faults: (folder) => proof(folder, "faults/report.json"),
  "negative-controls": (folder) => jest(folder, "negative-controls/jest.json"),
  examples,
  down: undefined,
};

/**
 * Counts what a run of `.ci/run` really ran, from the results that its stages left in `folder`.
 * A stage that ended with an error, or ran nothing, and left no failed result counts as one failure of its own.
 */
export function summarize(folder: string): StageSummary[] {
  return Object.entries(STAGES).map(([stage, countOf]) => {
    const { passed, failed } = countOf?.(folder) ?? { passed: 0, failed: 0 };
    const [exitCode] = globSync(join(folder, "ci", stage)).map((file) => readFileSync(file, "utf8").trim());
    const ranNothing = countOf !== undefined && passed + failed === 0;
    return { stage, exitCode, passed, failed: failed === 0 && (exitCode !== "0" || ranNothing) ? 1 : failed };
  });
}

function read(folder: string, pattern: string): unknown[] {
  return globSync(pattern, { cwd: folder }).map(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown,
  );
}

function jest(folder: string, pattern: string): Count {
  const results = read(folder, pattern).map((result) => jestResults.parse(result));
  return {
    passed: sum(results.map(({ numPassedTests }) => numPassedTests)),
    failed: sum(results.map((result) => result.numFailedTests + result.numRuntimeErrorTestSuites)),
  };
}

function proof(folder: string, pattern: string): Count {
  const assertions = read(folder, pattern)
    .map((report) => proofReport.parse(report))
    .flatMap(({ scenarios }) => scenarios.flatMap((scenario) => scenario.assertions));
  const passed = assertions.filter(({ status }) => status === "pass").length;
  return { passed, failed: assertions.length - passed };
}

/** Each proof of an example, or of its broken variant, that came out as it has to. */
function examples(folder: string): Count {
  const counts = read(folder, "examples/counts.json").map((file) => exampleCounts.parse(file));
  return {
    passed: sum(counts.map(({ asExpected }) => asExpected)),
    failed: sum(counts.map(({ otherwise }) => otherwise)),
  };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
