import { resolve } from "node:path";
import { chooseProvider } from "./cluster/choose.ts";
import type { Cluster } from "./cluster/provider.ts";
import { diagnose } from "./diagnosis/diagnose.ts";
import { blocks, lineOf, type Finding } from "./diagnosis/finding.ts";
import { entry } from "./entry.ts";
import { DEV_OVERLAY } from "./paths.ts";
import { Problem } from "./problem.ts";
import { say } from "./progress.ts";

/** A cluster that does not answer is a finding like any other. */
async function findingsOf(overlay: string): Promise<Finding[]> {
  let cluster: Cluster;
  try {
    cluster = await (await chooseProvider()).attach();
  } catch (error) {
    if (error instanceof Problem) return [blocks(error.message, error.remedy)];
    throw error;
  }
  return diagnose(cluster, overlay);
}

await entry(async () => {
  const overlay = process.argv[2];
  const findings = await findingsOf(overlay === undefined ? DEV_OVERLAY : resolve(overlay));
  for (const finding of findings) process.stdout.write(`${lineOf(finding)}\n`);
  if (findings.length === 0) say("nothing is wrong");
  return findings.length === 0 ? 0 : 1;
});
