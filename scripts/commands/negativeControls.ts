import { runNegativeControls } from "../ci/negativeControls.ts";
import { say } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";

await runMain(() => {
  say("Negative controls: dry runs of the overlays, and faults that the proof has to report as FAIL. About 7 min.");
  return runNegativeControls(process.argv.slice(2));
});
