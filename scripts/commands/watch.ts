import { runWatchSubcommand } from "../cli/watch.ts";
import { runMain } from "../process/runMain.ts";

await runMain(() => runWatchSubcommand(process.argv.slice(2), "npm run watch --"), { handlesSignals: true });
