import { crashInOwnProcess } from "./crash/inOwnProcess.ts";
import { say } from "./support/progress.ts";
import { seedOfRun } from "./support/random.ts";

const ROUNDS = 60;

it("keeps every acknowledged operation through kill −9 at any moment, 60 times", async () => {
  const seed = seedOfRun();
  say(`crash: ${ROUNDS} rounds, about 4 min; seed ${seed} (SEED=${seed} repeats the load, as far as timing lets it)`);
  const summary = await crashInOwnProcess(ROUNDS, seed);
  say(`crash: ${JSON.stringify(summary)}`);
  expect(summary.rounds).toBe(ROUNDS);
});
