import { relative } from "node:path";
import { entry } from "./entry.ts";
import { ROOT } from "./paths.ts";
import { prepare } from "./prepare.ts";
import { say } from "./progress.ts";

await entry(async () => {
  const { cluster, deployable } = await prepare();
  say("\nThe cluster is ready. Point kubectl at it:");
  process.stdout.write(`${cluster.shellLine}\n`);
  say(
    `then deploy: kubectl apply -k ${deployable.overlay.startsWith(ROOT) ? relative(ROOT, deployable.overlay) : deployable.overlay}`,
  );
  return 0;
});
