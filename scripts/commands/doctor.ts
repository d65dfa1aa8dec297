import { resolve } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import type { Cluster } from "../cluster/provider.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { blocks, lineOf, type Finding } from "../diagnosis/finding.ts";
import { runMain } from "../process/runMain.ts";
import { DEV_OVERLAY } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { say } from "../process/progress.ts";

/** A cluster that does not answer is a finding like any other. */
async function findingsOf(overlay: string): Promise<Finding[]> {
  let cluster: Cluster;
  try {
    cluster = await (await chooseProvider()).attach();
  } catch (error) {
    if (error instanceof CliError) return [blocks(error.message, error.fix)];
    throw error;
  }
  return diagnose(cluster, overlay);
}

await runMain(async () => {
  const overlay = process.argv[2];
  const findings = await findingsOf(overlay === undefined ? DEV_OVERLAY : resolve(overlay));
  for (const finding of findings) process.stdout.write(`${lineOf(finding)}\n`);
  if (findings.length === 0) say("nothing is wrong");
  return findings.length === 0 ? 0 : 1;
});
