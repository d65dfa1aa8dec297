import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccuracyEvent, calibrationOf, readEvents, recordedRuns } from "../../../../scripts/accuracy/events.ts";
import { forecastBefore } from "../../../../scripts/accuracy/outcomes.ts";
import { forecastRuns, pairRuns } from "../../../../scripts/accuracy/runs.ts";
import { CONFIGURATIONS, configurationNamed } from "../../../../scripts/accuracy/configurations.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function recorded(run: string, second: number, messagesPerSecond: number, startSeconds: number[]): AccuracyEvent {
  const starts = { startSeconds, aloneStartSeconds: [second] };
  return { kind: "recorded", run, loadStartedAt: at(second), waitedSeconds: 1, messagesPerSecond, ...starts };
}

function forecast(run: string, second: number): AccuracyEvent {
  const calibration = { runs: ["calibration-1"], messagesPerSecond: 4, startSeconds: [3], aloneStartSeconds: [] };
  const band = { low: 1, median: 2, high: 3 };
  const statistics = {
    ...{ firstReadySeconds: band, allReadySeconds: band, drainedSeconds: band, idleSeconds: band },
    ...{ orderAgeP95Seconds: band, podSeconds: band, peakReplicas: band, directionChanges: band },
  };
  return { kind: "forecast", run, madeAt: at(second), model: "m", seed: 1, runs: 400, calibration, statistics };
}

const voided = (run: string, second: number): AccuracyEvent => ({ kind: "void", run, at: at(second), why: "broke" });

test("calibration is by all runs that are recorded, and none that is void", () => {
  const events = [
    recorded("a", 1, 4, [1, 2]),
    recorded("b", 2, 100, [60]),
    voided("b", 3),
    voided("c", 4),
    recorded("c", 5, 2, [3]),
  ];
  expect(recordedRuns(events).map(({ run }) => run)).toEqual(["a", "c"]);
  expect(calibrationOf(events)).toEqual({
    runs: ["a", "c"],
    messagesPerSecond: 3,
    startSeconds: [1, 2, 3],
    aloneStartSeconds: [1, 5],
  });
  expect(calibrationOf([])).toBeNull();
});

test("of several forecasts the last before the load counts, and none that was made after it", () => {
  const events = [forecast("dev-1", 1), forecast("dev-1", 5), forecast("dev-2", 6), forecast("dev-1", 20)];
  expect(forecastBefore(events, { run: "dev-1", loadStartedAt: at(10) })?.madeAt).toBe(at(5));
  expect(forecastBefore(events, { run: "dev-1", loadStartedAt: at(1) })).toBe(undefined);
});

test("a line that is no event is named with its place", async () => {
  const folder = await mkdtemp(join(tmpdir(), "accuracy-"));
  const path = join(folder, "events.jsonl");
  try {
    await writeFile(path, `${JSON.stringify(forecast("dev-1", 1))}\n{"kind":"guess"}\n`);
    await expect(readEvents(path)).rejects.toThrow(`${path}:2 is no event of this version`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("two shares have every run once, and each a calibration run", () => {
  const names = CONFIGURATIONS.map(({ name }) => name);
  const namesOf = (index: number, of: number): string[] =>
    forecastRuns(names, 5, { index, of }).map(({ name }) => name);
  const shares = [namesOf(1, 2), namesOf(2, 2)];
  expect(shares.flat().sort()).toEqual(namesOf(1, 1).sort());
  expect(shares.map(([first]) => first)).toEqual(["calibration-1", "calibration-2"]);
});

test("pairs run the one side first and the other by turns", () => {
  const runs = pairRuns(configurationNamed("dev"), ["cooldownPeriod=5"], 2, { index: 1, of: 1 });
  expect(runs.map(({ name }) => name)).toEqual([
    "pair-dev-current-1",
    "pair-dev-recommended-1",
    "pair-dev-recommended-2",
    "pair-dev-current-2",
  ]);
  expect(runs.map(({ settings }) => settings.length)).toEqual([0, 1, 1, 0]);
});
