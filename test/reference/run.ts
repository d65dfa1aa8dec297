import { randomInt } from "node:crypto";
import { say } from "../../scripts/process/progress.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { difference, type Suite } from "../support/simulator/suites.ts";
import { HELP, parseReferenceRequest } from "./options.ts";
import { record } from "./record.ts";
import { referenceTraces } from "./reference.ts";

const BATCH = 250;
/** Mismatches that are printed of each suite. */
const SHOWN = 3;

await runMain(async () => {
  const request = parseReferenceRequest(process.argv.slice(2));
  if (request.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (request.kind === "record") return record();
  const seed = request.seed ?? randomInt(1, 900_000_000);
  say(
    `==> comparing the simulator with the real controllers, seed ${seed} (about 3 min for all suites in full on 2 cores)`,
  );
  let mismatches = 0;
  for (const suite of request.suites) mismatches += await compare(suite, request.cases ?? suite.fresh, seed);
  return mismatches === 0 ? 0 : 1;
});

/** @returns how many cases of a suite the simulator gets wrong. */
async function compare(suite: Suite, count: number, seed: number): Promise<number> {
  const startMs = Date.now();
  let mismatches = 0;
  let rows = 0;
  for (let done = 0; done < count; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, count - done) }, (_, index) =>
      suite.caseOf(seed + done + index),
    );
    const traces = await referenceTraces(suite, cases);
    for (const [index, trace] of traces.entries()) {
      rows += trace.rows.length;
      const found = difference(trace, suite.simulate(cases[index]));
      if (found === null) continue;
      mismatches++;
      if (mismatches > SHOWN) continue;
      say(`    ${trace.name} (--suite ${suite.id} --cases 1 --seed ${seed + done + index})`);
      say(`      real       ${JSON.stringify(found.expected)}\n      simulated  ${JSON.stringify(found.actual)}`);
    }
    if (done + BATCH < count) say(`    ${suite.id}: ${done + BATCH} of ${count} cases, ${mismatches} mismatches`);
  }
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  say(`    ${suite.id}: ${mismatches} mismatches in ${count} cases (${rows} changes), ${seconds} s`);
  return mismatches;
}
