import { tmpdir } from "node:os";
import { crashRounds } from "./rounds.ts";

/**
 * The crash test as a program, `node test/slow/crash/run.ts ROUNDS SEED`; prints its summary as JSON. A process of its own since the SDK waits a
 * minute for answers that a killed emulator never gives, and nothing can tell it not to: it would hold up whoever ran the test.
 */
const [rounds, seed] = process.argv.slice(2).map(Number);
if (rounds === undefined || seed === undefined) throw new Error("want: run.ts ROUNDS SEED");
const summary = await crashRounds({ rounds, seed, parent: tmpdir() });
process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit(0));
