import { kindProvider } from "../../scripts/cluster/kind/kind.ts";
import { say } from "../../scripts/process/progress.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { prepare } from "../../scripts/setup/prepare.ts";
import { deploy } from "../../scripts/setup/rollout.ts";
import { stageTools } from "./stageTools.ts";

/** What `CLUSTER=kind ./scripts/up` does, with the stage's tools; with `--deploy` what `./scripts/prove` does then. */
await runMain(async () => {
  const { cluster, deployable } = await prepare(kindProvider(await stageTools()));
  if (process.argv.includes("--deploy")) await deploy(cluster, deployable);
  say("the cluster is ready");
  return 0;
});
