import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError, run } from "../../../../scripts/process/command.ts";

const JEST = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
const PROOF = { scenarios: [{ assertions: [{ status: "pass" }, { status: "pass" }] }] };
const GREEN: Readonly<Record<string, unknown>> = {
  "ci/test": 0,
  "ci/prove": 0,
  "ci/faults": 0,
  "ci/negative-controls": 0,
  "ci/examples": 0,
  "ci/down": 0,
  "test/jest.json": JEST,
  "negative-controls/jest.json": { ...JEST, numPassedTests: 1 },
  "proof/2026-01-01/report.json": PROOF,
  "faults/report.json": PROOF,
  "examples/counts.json": { asExpected: 4, otherwise: 0 },
};

/** The last line of the summary and its exit code, for these files; undefined takes a file away. */
async function lastLine(
  changed: Readonly<Record<string, unknown>> = {},
): Promise<[line: string, exitCode: number | null]> {
  const out = await mkdtemp(join(tmpdir(), "ownsignal-summary-"));
  try {
    for (const [file, content] of Object.entries({ ...GREEN, ...changed })) {
      if (content === undefined) continue;
      await mkdir(dirname(join(out, file)), { recursive: true });
      await writeFile(join(out, file), JSON.stringify(content));
    }
    const ended = await run(process.execPath, ["scripts/commands/ciSummary.ts", out]).then(
      (output) => ({ output, exitCode: 0 }),
      (error: unknown) => {
        if (error instanceof CommandError) return error;
        throw error;
      },
    );
    return [ended.output.trimEnd().split("\n").at(-1) ?? "", ended.exitCode];
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

describe("the gate's last line", () => {
  test("counts tests and assertions that ran", async () => {
    expect(await lastLine()).toEqual(["14 passed, 0 failed", 0]);
  });

  test.each([
    ["a failed test", { "test/jest.json": { ...JEST, numFailedTests: 2 }, "ci/test": 1 }, "14 passed, 2 failed"],
    [
      "a suite that did not load",
      { "test/jest.json": { ...JEST, numRuntimeErrorTestSuites: 1 }, "ci/test": 1 },
      "14 passed, 1 failed",
    ],
    [
      "an inconclusive assertion",
      {
        "proof/2026-01-01/report.json": {
          scenarios: [{ assertions: [{ status: "inconclusive" }, { status: "pass" }] }],
        },
        "ci/prove": 2,
      },
      "13 passed, 1 failed",
    ],
    ["a proof whose setup failed", { "proof/2026-01-01/report.json": undefined, "ci/prove": 2 }, "12 passed, 1 failed"],
    [
      "a stage that ran nothing and says it is fine",
      { "proof/2026-01-01/report.json": undefined },
      "12 passed, 1 failed",
    ],
    [
      "a proof of faults whose setup failed",
      { "faults/report.json": undefined, "ci/faults": 2 },
      "12 passed, 1 failed",
    ],
    ["a check before the tests", { "ci/test": 1 }, "14 passed, 1 failed"],
    [
      "an example that came out otherwise",
      { "examples/counts.json": { asExpected: 3, otherwise: 1 }, "ci/examples": 1 },
      "13 passed, 1 failed",
    ],
    ["a cluster that is not deleted", { "ci/down": 1 }, "14 passed, 1 failed"],
    [
      "a stage that never ran",
      { "ci/negative-controls": undefined, "negative-controls/jest.json": undefined },
      "13 passed, 1 failed",
    ],
  ])("counts %s as a failure", async (_what, changed, line) => {
    expect(await lastLine(changed)).toEqual([line, 1]);
  });
});
