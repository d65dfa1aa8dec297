import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import { runMain } from "../process/runMain.ts";
import { runJest } from "../process/jest.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";

await runMain(async () => {
  // A cluster that does not answer is told here, and not by each test.
  await (await chooseProvider()).attach();
  say("Negative controls: dry runs of the overlays, and faults that the proof has to report as FAIL. About 5 min.");
  const results = join(ROOT, "out/negative-controls");
  await mkdir(results, { recursive: true });
  return runJest("jest.e2e.config.mjs", join(results, "jest.json"), process.argv.slice(2));
});
