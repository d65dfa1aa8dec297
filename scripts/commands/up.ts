import { relative } from "node:path";
import { runMain } from "../process/runMain.ts";
import { ROOT } from "../process/paths.ts";
import { prepare } from "../setup/prepare.ts";
import { say } from "../process/progress.ts";

await runMain(async () => {
  const { cluster, deployable } = await prepare();
  say("\nThe cluster is ready. Point kubectl at it:");
  process.stdout.write(`${cluster.shellLine}\n`);
  say(
    `then deploy: kubectl apply -k ${deployable.overlay.startsWith(ROOT) ? relative(ROOT, deployable.overlay) : deployable.overlay}`,
  );
  return 0;
});
