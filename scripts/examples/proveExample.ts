import { join } from "node:path";
import type { Cluster } from "../cluster/provider.ts";
import { proveApart, type Proven } from "../proof/proveApart.ts";
import type { Example } from "./catalogue.ts";

/**
 * Runs `ownsignal prove` on an example.
 * @param outDir where the proof leaves its reports; emptied before.
 * @throws {Error} when the proof leaves no report, or one that contradicts its exit code.
 */
export async function proveExample({ folder }: Example, cluster: Cluster, outDir: string): Promise<Proven> {
  const context = (await cluster.kubectl(["config", "current-context"])).trim();
  // What is broken on purpose the proof itself has to find.
  const args = ["-f", join(folder, "autoscaling.yaml"), "--context", context, "--ignore-findings"];
  return proveApart(args, cluster, outDir);
}
