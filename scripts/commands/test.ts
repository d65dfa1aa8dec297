import { runTests } from "../ci/tests.ts";
import { say } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";

await runMain(async () => {
  say("Every test that needs no cluster: about 6 min, and ten more the first time.");
  const failed = await runTests(process.argv.slice(2));
  if (failed.length === 0) return 0;
  say(`\nfailed: ${failed.join(", ")}`);
  return 1;
});
