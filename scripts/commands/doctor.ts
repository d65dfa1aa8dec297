import { resolve } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import type { Cluster } from "../cluster/provider.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { finding, type Finding } from "../diagnosis/finding.ts";
import { formatFinding } from "../diagnosis/texts.ts";
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
    if (error instanceof CliError) {
      const params = { message: error.message, fix: error.fix };
      return [finding("cluster-unreachable", { kind: "Cluster", name: "" }, params)];
    }
    throw error;
  }
  return diagnose(cluster, overlay);
}

await runMain(async () => {
  const overlay = process.argv[2];
  const findings = await findingsOf(overlay === undefined ? DEV_OVERLAY : resolve(overlay));
  for (const one of findings) process.stdout.write(`${formatFinding(one)}\n`);
  if (findings.length === 0) say("No problems found");
  return findings.length === 0 ? 0 : 1;
});
