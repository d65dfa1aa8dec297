import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { shareInterval } from "../../../../scripts/accuracy/binomial.ts";
import { ACCURACY, CONFIGURATIONS } from "../../../../scripts/accuracy/configurations.ts";
import { readAccuracy } from "../../../../scripts/accuracy/data.ts";
import { appendEvent } from "../../../../scripts/accuracy/events.ts";
import type { PresentForecast } from "../../../../scripts/accuracy/forecast.ts";
import { ROOT } from "../../../../scripts/process/paths.ts";
import { isWithin } from "../../../../loadtest/model/forecast.ts";
import { errorOf, medianOf } from "../../../../scripts/accuracy/outcomes.ts";
import { RUNS_PAGE, runParts, SUMMARY_PAGE, summaryParts, withParts } from "../../../../scripts/accuracy/tables.ts";

const data = await readAccuracy(ACCURACY);

/** Prettier pads tables. */
function unpadded(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
}

/** By a process of its own: within jest the simulations take four times as long. */
async function presentForecasts(): Promise<PresentForecast[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval"],
    `import { readAccuracy } from ${JSON.stringify(join(ROOT, "scripts/accuracy/data.ts"))};
     import { presentForecast } from ${JSON.stringify(join(ROOT, "scripts/accuracy/forecast.ts"))};
     const { outcomes } = await readAccuracy(${JSON.stringify(ACCURACY)});
     process.stdout.write(JSON.stringify(outcomes.map(presentForecast)));`,
  ]);
  return JSON.parse(stdout) as PresentForecast[];
}

test("the docs say of the planner's accuracy what the committed runs show", async () => {
  for (const [path, parts] of [
    [SUMMARY_PAGE, summaryParts(data, await presentForecasts())],
    [RUNS_PAGE, runParts(data)],
  ] as const) {
    const page = await readFile(path, "utf8");
    expect(unpadded(withParts(page, parts))).toBe(unpadded(page));
  }
});

test("every forecast was made before its load began, by other runs than its own", () => {
  for (const { name } of CONFIGURATIONS) {
    expect(data.outcomes.filter(({ run }) => run.startsWith(`${name}-`)).length).toBeGreaterThanOrEqual(5);
  }
  for (const { run, forecast } of data.outcomes) expect(forecast.calibration.runs).not.toContain(run);
});

test("a run that is void afterwards is not judged", async () => {
  const folder = await mkdtemp(join(tmpdir(), "accuracy-"));
  try {
    await cp(ACCURACY, folder, { recursive: true });
    const void1 = {
      kind: "void",
      run: "dev-1",
      at: new Date().toISOString(),
      why: "its proof is inconclusive",
    } as const;
    await appendEvent(join(folder, "events.jsonl"), void1);
    const { outcomes, voids } = await readAccuracy(folder);
    expect(outcomes).toHaveLength(data.outcomes.length - 1);
    expect(voids).toContainEqual(void1);
    expect(summaryParts({ ...data, outcomes, voids }, [])).not.toEqual(summaryParts(data, []));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a page without a place for a part is refused", () => {
  expect(() => withParts("# Page\n", { runs: "" })).toThrow("the page has no lines <!-- runs: begin");
});

test.each([
  // Clopper and Pearson 1934; as R's binom.test gives them.
  [18, 20, 0.683, 0.988],
  [10, 10, 0.692, 1],
  [0, 10, 0, 0.308],
  [40, 40, 0.912, 1],
])("%i of %i lie between %d and %d", (seen, of, low, high) => {
  const interval = shareInterval(seen, of);
  expect(interval.low).toBeCloseTo(low, 3);
  expect(interval.high).toBeCloseTo(high, 3);
});

test("what did not happen lies beyond every bound but never", () => {
  expect(isWithin({ low: 1, median: 2, high: 3 }, null)).toBe(false);
  expect(isWithin({ low: 1, median: null, high: null }, null)).toBe(true);
  expect(isWithin({ low: 1, median: 2, high: 3 }, 3)).toBe(true);
  expect(isWithin({ low: 1, median: 2, high: 3 }, 4)).toBe(false);
  expect(isWithin({ low: 1, median: 2, high: 3 }, 0)).toBe(false);
});

test("errors are of medians, and none where nothing happened", () => {
  const [outcome] = data.outcomes;
  if (outcome === undefined) throw new Error("there is no outcome");
  expect(errorOf({ ...outcome, measured: { ...outcome.measured, drainedSeconds: null } }, "drainedSeconds")).toBe(
    undefined,
  );
  expect(medianOf([3, 1, 2, 10])).toBe(2.5);
  expect(medianOf([])).toBe(undefined);
});
