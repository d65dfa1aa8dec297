import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { formatCount } from "../../loadtest/report/format.ts";
import { CATALOGUE, type Mutant } from "../mutants/catalogue.ts";
import { isCheap } from "../mutants/detectors.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { runMain } from "../process/runMain.ts";
import { objectorOf } from "../mutants/detect.ts";
import { HELP, parseMutantsRequest } from "../mutants/options.ts";
import {
  expectedSecondsOf,
  hearDeclared,
  makeSound,
  mutantObjects,
  soundOn,
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
        for (const { name, broken, objections } of request.mutants) {
          process.stdout.write(`${name}\n    ${broken}; ${objections.map(objectorOf).join(", ")}\n`);
        }
        return 0;
      case "run":
        return request.cluster ? tryAll(request.mutants) : hearCheap(request.mutants);
    }
  },
  { failureCode: NOT_ALL_TRIED, handlesSignals: true },
);

async function tryAll(asked: readonly Mutant[]): Promise<number> {
  const interrupt = takeSignals();
  const provider = await chooseProvider();
  const cluster = await provider.attach();
  // On a cluster of a person's own, KEDA may be others' too.
  const mutants = provider.name === "existing" ? asked.filter(({ name }) => name !== "ca-missing") : asked;
  if (mutants.length < asked.length) {
    say("ca-missing is left out: it breaks KEDA, which is not only this project's on your cluster");
  }
  const minutes = Math.ceil(mutants.reduce((sum, mutant) => sum + expectedSecondsOf(mutant), 0) / 60);
  say(`${formatCount(mutants.length, "mutant")} of kustomize/overlays/dev, one after the other: about ${minutes} min.`);
  const outDir = join(ROOT, "out/mutants", new Date().toISOString().replaceAll(":", "-").replace(/\.\d+/, ""));
  await mkdir(outDir, { recursive: true });
  const sound = await soundOn(cluster);
  await step("making the system sound first", () => makeSound(cluster, sound));

  const outcomes: Outcome[] = [];
  for (const mutant of mutants) {
    if (interrupt.aborted) break;
    const outcome = await tryOne({ mutant, cluster, sound, outDir, signal: interrupt });
    outcomes.push(outcome);
    process.stdout.write(`${lineFor(outcome)}\n`);
    await writeFile(join(outDir, "results.json"), `${JSON.stringify(outcomes, null, 2)}\n`);
    if (outcome.stuck) break;
  }
  say(`results: ${relative(ROOT, join(outDir, "results.json"))}`);
  return sumUp(outcomes, mutants.length);
}

/** Those objections alone that take no cluster; what else has to be said about a mutant is left out. */
async function hearCheap(mutants: readonly Mutant[]): Promise<number> {
  const some = mutants.filter(({ objections }) => objections.some(isCheap));
  const outcomes: Outcome[] = [];
  for (const { name, objections } of some) {
    const heard = hearDeclared(objections, await mutantObjects(name));
    const outcome = { name, heard, caught: heard.every(({ named }) => named), stuck: false };
    process.stdout.write(`${lineFor(outcome)}\n`);
    outcomes.push(outcome);
  }
  return sumUp(outcomes, some.length);
}

function sumUp(outcomes: readonly Outcome[], total: number): number {
  const caught = outcomes.filter((outcome) => outcome.caught === true).length;
  process.stdout.write(`\n${caught}/${total} caught\n`);
  if (outcomes.some((outcome) => outcome.caught === false)) return 1;
  return caught === total ? 0 : NOT_ALL_TRIED;
}

function lineFor({ name, caught, heard, trouble }: Outcome): string {
  const verdict = caught === undefined ? "not judged" : caught ? "caught" : "GOT AWAY";
  const by = heard.filter(({ named }) => named).map(({ objection }) => objectorOf(objection));
  const missed = heard
    .filter(({ named }) => !named)
    .map(({ objection, lines, unjudged }) =>
      unjudged !== undefined
        ? `\n    ${objectorOf(objection)} could not judge: ${unjudged}`
        : `\n    ${objectorOf(objection)} does not say ${JSON.stringify(objection.words)}; it says ${lines.length === 0 ? "nothing" : lines.map((line) => `\n      ${line}`).join("")}`,
    );
  const said = by.length === 0 ? "" : ` by ${by.join(", ")}`;
  return `${verdict.padEnd(10)}  ${name}${said}${missed.join("")}${trouble === undefined ? "" : `\n    ${trouble}`}`;
}

/** The first signal ends what is being done and puts the system back, the second leaves at once. */
function takeSignals(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) {
        say(
          "\nleft at once: a mutant may still be deployed. Running the same command again makes the system sound first.",
        );
        process.exit(NOT_ALL_TRIED);
      }
      say("\ninterrupted: putting the system back (up to some minutes); once more leaves at once");
      abort.abort(new Error("interrupted"));
    });
  }
  return abort.signal;
}
