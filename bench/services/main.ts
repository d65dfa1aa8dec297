import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../scripts/images/bundle.ts";
import { aboutSeconds, say, step } from "../../scripts/process/progress.ts";
import { describeMachine, leaveLastCore, loadNow, pinToOneCore } from "../machine.ts";
import { helpText, options } from "../options.ts";
import { REPETITIONS, writeSection } from "../page.ts";
import { footprint } from "./footprint.ts";
import { servicesSection } from "./page.ts";
import { placeOrders } from "./placeOrders.ts";
import { processOrders } from "./processOrders.ts";
import { ratioTable, type RatioRow } from "./ratioRow.ts";
import { readOrders } from "./readOrders.ts";
import { start } from "./start.ts";

/**
 * Measures the services, each figure beside a reference of the same run, and writes their section of docs/reference/benchmarks.md.
 *   npm run bench -- [--quick] [--only TEXT] [--directory DIRECTORY] [--profile DIRECTORY]
 */
const QUESTIONS = [placeOrders, readOrders, processOrders, start, footprint];
const OUT = join(import.meta.dirname, "../../out/bench");

if (options.help) {
  process.stdout.write(
    helpText(
      "bench",
      QUESTIONS.map(({ name }) => name),
    ),
  );
} else await main();

async function main(): Promise<void> {
  await mkdir(options.directory, { recursive: true });
  const pin = pinToOneCore();
  const machine = describeMachine(options.directory);
  const run = {
    ...{ pin, directory: options.directory, profile: options.profile },
    repetitions: options.quick ? 1 : REPETITIONS,
    scale: options.quick ? 0.3 : 1,
  };
  leaveLastCore();
  const questions = QUESTIONS.filter(({ name }) => name.includes(options.only));
  const seconds = questions.reduce((sum, question) => sum + question.seconds, 0);
  const loadBefore = loadNow();
  say(`The benchmark of the services: about ${aboutSeconds(options.quick ? seconds / 10 : seconds)}. ${machine}.`);
  say(
    `Load average: ${loadBefore}. ${pin.length > 0 ? "What is measured has the last core, everything else the others." : "No taskset here: nothing is on a core of its own."}`,
  );
  await bundle();
  const rows: RatioRow[] = [];
  for (const question of questions) {
    let repetition = 0;
    const answered = await step(
      question.name,
      () => question.answer(run, (now) => (repetition = now)),
      options.quick ? undefined : `about ${aboutSeconds(question.seconds)}`,
      () => `repetition ${repetition} of ${run.repetitions}`,
    );
    rows.push(...answered);
    say(ratioTable(answered));
  }
  const result = {
    ...{ at: new Date().toISOString(), machine, loadBefore, loadAfter: loadNow(), pinned: pin.length > 0 },
    ...{ repetitions: run.repetitions, rows },
  };
  await mkdir(OUT, { recursive: true });
  const file = join(OUT, `${result.at.replaceAll(":", "-")}.json`);
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`\n${ratioTable(rows)}\n`);
  say(`\nwritten to ${file}`);
  if (options.quick || options.only !== "" || options.profile !== undefined) return;
  await writeSection("services", servicesSection(result));
}
