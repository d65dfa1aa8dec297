import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import { runMain } from "../process/runMain.ts";
import { runJest } from "../process/jest.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";

await runMain(async () => {
  const { kubeconfig } = await (await chooseProvider()).attach();
  say(
    "Controls: overlays are tried, and the set-up is broken on purpose: the proof must object, and say why. About 5 min.",
  );
  const results = join(ROOT, "out/controls");
  await mkdir(results, { recursive: true });
  return runJest("jest.e2e.config.mjs", join(results, "jest.json"), process.argv.slice(2), {
    KUBECONFIG: kubeconfig,
  });
});
