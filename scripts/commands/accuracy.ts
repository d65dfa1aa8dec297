import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { formatCount } from "../../loadtest/report/format.ts";
import { ACCURACY, CONFIGURATIONS } from "../accuracy/configurations.ts";
import { readAccuracy } from "../accuracy/data.ts";
import { RUNS_PAGE, runParts, SUMMARY_PAGE, summaryParts, withParts } from "../accuracy/tables.ts";
import { presentForecast } from "../accuracy/forecast.ts";
import { ROOT } from "../process/paths.ts";
import { appendEvent, calibrationOf, readEvents, recordedRuns, type RecommendationEvent } from "../accuracy/events.ts";
import { EVENTS, measureOne } from "../accuracy/measureOne.ts";
import { HELP, parseAccuracyRequest } from "../accuracy/options.ts";
import { ASKED, type Asked, recommendationFor } from "../accuracy/recommendations.ts";
import { forecastRuns, pairRuns, type Run } from "../accuracy/runs.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { CliError } from "../process/cliError.ts";
import { say, step } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";
import { writeFormatted } from "../process/writeFormatted.ts";

const NOT_ALL_RECORDED = 2;

await runMain(
  async () => {
    const request = parseAccuracyRequest(process.argv.slice(2));
    switch (request.kind) {
      case "help":
        process.stdout.write(HELP);
        return 0;
      case "list":
        for (const { name, differs } of CONFIGURATIONS) process.stdout.write(`${name}\n    ${differs}\n`);
        return 0;
      case "table":
        return writeTables();
      case "pairs":
        return measureAll(await recommendedRuns(request));
      case "run":
        return measureAll(forecastRuns(request.names, request.repeats, request.share));
    }
  },
  { failureCode: NOT_ALL_RECORDED },
);

async function writeTables(): Promise<number> {
  const data = await readAccuracy(ACCURACY);
  for (const { path, parts } of [
    { path: SUMMARY_PAGE, parts: summaryParts(data, data.outcomes.map(presentForecast)) },
    { path: RUNS_PAGE, parts: runParts(data) },
  ]) {
    await writeFormatted(path, withParts(await readFile(path, "utf8"), parts));
    say(relative(ROOT, path));
  }
  return 0;
}

async function measureAll(runs: readonly Run[]): Promise<number> {
  const events = await readEvents(EVENTS);
  const recordedNames = new Set(recordedRuns(events).map(({ run }) => run));
  const missing = runs.filter(({ name }) => !recordedNames.has(name));
  const minutes = Math.ceil(missing.reduce((sum, { configuration }) => sum + configuration.seconds, 0) / 60);
  say(`${formatCount(runs.length, "run")}, ${missing.length} of them to be measured: about ${minutes} min.`);
  if (missing.length === 0) return 0;
  const cluster = await (await chooseProvider()).attach();
  let recorded = 0;
  for (const [index, run] of missing.entries()) {
    say(`\n==> ${run.name}, ${index + 1} of ${missing.length}`);
    if (await measureOne(run, cluster)) recorded += 1;
  }
  say(`\n${recorded} of ${formatCount(missing.length, "run")} recorded`);
  return recorded === missing.length ? 0 : NOT_ALL_RECORDED;
}

async function recommendedRuns({
  repeats,
  share,
}: {
  repeats: number;
  share: { index: number; of: number };
}): Promise<Run[]> {
  const runs: Run[] = [];
  for (const [index, asked] of ASKED.entries()) {
    const { settings } = await recommended(asked);
    if (settings.length === 0) {
      say(
        `no better setting found for ${asked.configuration.name} with ${asked.objectives}: there is nothing to measure`,
      );
      continue;
    }
    const turned = { ...share, index: share.index + index };
    runs.push(...pairRuns(asked.configuration, settings, repeats, turned));
  }
  // Those that are interrupted have pairs of each.
  return runs.sort((a, b) => a.repeat - b.repeat);
}

/** The recommendation that is written down already, else a new one, which is written down before any run. */
async function recommended(asked: Asked): Promise<RecommendationEvent> {
  const written = async (): Promise<RecommendationEvent | undefined> =>
    (await readEvents(EVENTS)).find(
      (one) =>
        one.kind === "recommendation" &&
        one.configuration === asked.configuration.name &&
        one.objectives === asked.objectives,
    ) as RecommendationEvent | undefined;
  const before = await written();
  if (before !== undefined) return before;
  const calibration = calibrationOf(await readEvents(EVENTS));
  if (calibration === null) {
    throw new CliError(
      "nothing was measured yet that a recommendation could be calibrated by",
      "npm run measure:planner -- --only dev",
    );
  }
  const title = `looking for settings of ${asked.configuration.name} with ${asked.objectives}`;
  const made = await step(title, () => recommendationFor(asked, calibration), "half a minute");
  await appendEvent(EVENTS, made);
  // Of two processes that both looked, the first to write is right.
  return (await written()) ?? made;
}
