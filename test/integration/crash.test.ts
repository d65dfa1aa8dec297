import { crashInOwnProcess } from "../slow/crash/inOwnProcess.ts";
import { seedOfRun } from "../support/seed.ts";

// The long form is test/slow/crash.test.ts.
it("the emulator keeps every acknowledged operation when it is killed by SIGKILL at a random moment", async () => {
  const { acknowledged } = await crashInOwnProcess(3, seedOfRun("crash"));
  expect(acknowledged).toBeGreaterThan(0);
}, 120_000);
