import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { formatCount } from "../../loadtest/report/format.ts";
import { CATALOGUE, type Mutant } from "../mutants/catalogue.ts";
import { detectorName, expectedIds, isOffline } from "../mutants/detectors.ts";
import { chooseProvider } from "../cluster/choose.ts";
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
        return request.cluster ? tryAll(request.mutants) : runOffline(request.mutants);
    }
  },
  { failureCode: NOT_ALL_TRIED, handlesSignals: true },
);

async function tryAll(asked: readonly Mutant[]): Promise<number> {
  const interrupt = takeSignals();
  const provider = await chooseProvider();
  const cluster = await provider.attach();
  // On a cluster of a person's own, KEDA may be others' too.
  const left = provider.name === "existing" ? asked.filter(({ breaksKeda }) => breaksKeda === true) : [];
  const mutants = asked.filter((mutant) => !left.includes(mutant));
  if (left.length > 0) {
    const names = left.map(({ name }) => name).join(", ");
    say(`left out: ${names}: they break KEDA, which is not only this project's on your cluster`);
  }
  const minutes = Math.ceil(mutants.reduce((sum, mutant) => sum + expectedSecondsOf(mutant), 0) / 60);
  say(`${formatCount(mutants.length, "mutant")} of kustomize/overlays/dev, one after the other: about ${minutes} min.`);
  const outDir = join(ROOT, "out/mutants", new Date().toISOString().replaceAll(":", "-").replace(/\.\d+/, ""));
  await mkdir(outDir, { recursive: true });
  const baseline = await baselineOn(cluster);
  await step("deploying the baseline first", () => makeBaseline(cluster, baseline));

  const outcomes: Outcome[] = [];
  for (const mutant of mutants) {
    if (interrupt.aborted) break;
    const outcome = await tryOne({ mutant, cluster, baseline, outDir, signal: interrupt });
    outcomes.push(outcome);
    process.stdout.write(`${lineFor(outcome)}\n`);
    await writeFile(join(outDir, "results.json"), `${JSON.stringify(outcomes, null, 2)}\n`);
    if (outcome.stuck) break;
  }
  say(`results: ${relative(ROOT, join(outDir, "results.json"))}`);
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

function sumUp(outcomes: readonly Outcome[], total: number): number {
  const detected = outcomes.filter((outcome) => outcome.detected === true).length;
  process.stdout.write(`\n${detected}/${total} detected\n`);
  if (outcomes.some((outcome) => outcome.detected === false)) return 1;
  return detected === total ? 0 : NOT_ALL_TRIED;
}

function lineFor({ name, detected, detections, trouble }: Outcome): string {
  const verdict = detected === undefined ? "not tried" : detected ? "detected" : "SURVIVED";
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
