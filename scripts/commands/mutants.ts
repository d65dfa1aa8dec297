import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { formatCount } from "../../loadtest/report/format.ts";
import { CATALOGUE, type Mutant } from "../mutants/catalogue.ts";
import { detectorName, expectedIds, isOffline } from "../mutants/detectors.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { about } from "../process/about.ts";
import { runMain } from "../process/runMain.ts";
import { HELP, parseMutantsRequest } from "../mutants/options.ts";
import {
  expectedSecondsOf,
  detectOffline,
  makeBaseline,
  mutantObjects,
  baselineOn,
  tryOne,
  type Outcome,
} from "../mutants/trial.ts";
import { type Recorded, readDecided, resultsFolder } from "../mutants/results.ts";
import { ROOT } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";

const NOT_ALL_TRIED = 2;

await runMain(
  async () => {
    const request = parseMutantsRequest(process.argv.slice(2), CATALOGUE);
    switch (request.kind) {
      case "help":
        process.stdout.write(HELP);
        return 0;
      case "list":
        for (const { name, broken, detections } of request.mutants) {
          process.stdout.write(`${name}\n    ${broken}; ${detections.map(detectorName).join(", ")}\n`);
        }
        return 0;
      case "run":
        return request.cluster ? tryAll(request.mutants, request.again) : runOffline(request.mutants);
    }
  },
  { failureCode: NOT_ALL_TRIED, handlesSignals: true },
);

async function tryAll(asked: readonly Mutant[], again: boolean): Promise<number> {
  const interrupt = takeSignals();
  const provider = await chooseProvider();
  const cluster = await provider.attach();
  // On a cluster of a person's own, KEDA may be others' too.
  const omitted = provider.name === "existing" ? asked.filter(({ breaksKeda }) => breaksKeda === true) : [];
  const mutants = asked.filter((mutant) => !omitted.includes(mutant));
  if (omitted.length > 0) {
    const names = omitted.map(({ name }) => name).join(", ");
    say(`left out: ${names}: they break KEDA, which is not only this project's on your cluster`);
  }
  const outDir = await resultsFolder();
  const results = join(outDir, "results.json");
  const decided = again ? [] : await readDecided(results);
  const left = mutants.filter(({ name }) => !decided.some((one) => one.name === name));
  const minutes = Math.ceil(left.reduce((sum, mutant) => sum + expectedSecondsOf(mutant), 0) / 60);
  say(`${formatCount(left.length, "mutant")} of kustomize/overlays/dev, one after the other: about ${minutes} min.`);
  await mkdir(outDir, { recursive: true });
  const baseline = await baselineOn(cluster);
  await step("deploying the baseline first", () => makeBaseline(cluster, baseline));

  const outcomes: Recorded[] = [];
  for (const mutant of mutants) {
    const before = decided.find(({ name }) => name === mutant.name);
    if (before !== undefined) {
      outcomes.push(before);
      process.stdout.write(`${verdictIn(before).padEnd(10)}  ${mutant.name} (run before)\n`);
      continue;
    }
    if (interrupt.aborted) break;
    const startMs = Date.now();
    const outcome = await tryOne({ mutant, cluster, baseline, outDir, signal: interrupt });
    outcomes.push({ ...outcome, seconds: Math.round((Date.now() - startMs) / 1000) });
    process.stdout.write(`${lineFor(outcome)}\n`);
    // What was not come to yet stays.
    const rest = decided.filter(({ name }) => !outcomes.some((one) => one.name === name));
    await writeFile(results, `${JSON.stringify([...outcomes, ...rest], null, 2)}\n`);
    if (outcome.stuck) break;
  }
  const seconds = outcomes.reduce((sum, one) => sum + one.seconds, 0);
  say(`results: ${relative(ROOT, results)}; all of them took ${about(seconds)}`);
  return sumUp(outcomes, mutants.length);
}

/** Those detections alone that take no cluster. */
async function runOffline(mutants: readonly Mutant[]): Promise<number> {
  const some = mutants.filter(({ detections }) => detections.some(isOffline));
  const outcomes: Outcome[] = [];
  for (const mutant of some) {
    const { name, detections: expected } = mutant;
    const detections = detectOffline(expected, await mutantObjects(mutant));
    const outcome = { name, detections, detected: detections.every(({ detected }) => detected), stuck: false };
    process.stdout.write(`${lineFor(outcome)}\n`);
    outcomes.push(outcome);
  }
  return sumUp(outcomes, some.length);
}

function sumUp(outcomes: readonly { detected?: boolean | undefined }[], total: number): number {
  const detected = outcomes.filter((outcome) => outcome.detected === true).length;
  process.stdout.write(`\n${detected}/${total} detected\n`);
  if (outcomes.some((outcome) => outcome.detected === false)) return 1;
  return detected === total ? 0 : NOT_ALL_TRIED;
}

function verdictIn({ detected }: { detected?: boolean | undefined }): string {
  return detected === undefined ? "not tried" : detected ? "detected" : "SURVIVED";
}

function lineFor({ name, detected, detections, trouble }: Outcome): string {
  const verdict = verdictIn({ detected });
  const by = detections.filter(({ detected }) => detected).map(({ expected }) => detectorName(expected));
  const missed = detections
    .filter(({ detected }) => !detected)
    .map(({ expected, lines, inconclusive }) =>
      inconclusive !== undefined
        ? `\n    ${detectorName(expected)} is inconclusive: ${inconclusive}`
        : `\n    ${detectorName(expected)} does not report ${expectedIds(expected).join(" with ")}; it reports ${lines.length === 0 ? "nothing" : lines.map((line) => `\n      ${line}`).join("")}`,
    );
  const who = by.length === 0 ? "" : ` by ${by.join(", ")}`;
  return `${verdict.padEnd(10)}  ${name}${who}${missed.join("")}${trouble === undefined ? "" : `\n    ${trouble}`}`;
}

/** The first signal ends what is running and restores the baseline, the second exits at once. */
function takeSignals(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) {
        say(
          "\nexited at once: a mutant may still be deployed. Running the same command again deploys the baseline first.",
        );
        process.exit(NOT_ALL_TRIED);
      }
      say("\ninterrupted: restoring the baseline (up to some minutes); once more exits at once");
      abort.abort(new Error("interrupted"));
    });
  }
  return abort.signal;
}
