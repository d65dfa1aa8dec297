import { crashInOwnProcess } from "../slow/crash/inOwnProcess.ts";
import { seedOfRun } from "../slow/support/random.ts";

// The long form is test/slow/crash.test.ts.
it("keeps every acknowledged operation through kill −9 at any moment", async () => {
  const { acknowledged } = await crashInOwnProcess(3, seedOfRun());
  expect(acknowledged).toBeGreaterThan(0);
}, 120_000);
