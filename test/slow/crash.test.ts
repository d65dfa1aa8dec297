import { crashInOwnProcess } from "./crash/inOwnProcess.ts";
import { say } from "../support/progress.ts";
import { seedOfRun } from "../support/seed.ts";

const ROUNDS = 60;

it("the emulator keeps every acknowledged operation when it is killed by SIGKILL at a random moment, 60 times", async () => {
  say(`crash: ${ROUNDS} rounds, about 4 min; the order of events also depends on timing`);
  const seed = seedOfRun("crash");
  const summary = await crashInOwnProcess(ROUNDS, seed);
  say(`crash: ${JSON.stringify(summary)}`);
  expect(summary.rounds).toBe(ROUNDS);
});
