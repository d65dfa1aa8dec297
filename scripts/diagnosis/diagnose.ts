import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReachedCluster } from "../cluster/provider.ts";
import { CliError } from "../process/cliError.ts";
import { accepted } from "./acceptance.ts";
import { distinct, finding, hasErrors, type Finding } from "./finding.ts";
import { readView } from "./read.ts";
import { scalingFindings } from "./scaling.ts";
import { setupFindings } from "./setup.ts";
import { objectsIn, type View } from "./view.ts";

const ASK_AGAIN_MS = 3000;

/** What is wrong for this overlay on this cluster, setup before autoscaling; empty when nothing is. Changes nothing. */
export async function diagnose(cluster: ReachedCluster, overlay: string): Promise<Finding[]> {
  return findingsIn(await readView(cluster, relative(process.cwd(), overlay) || "."));
}

/** Setup before autoscaling, each once, those marked that an object accepts. */
export function findingsIn(view: View): Finding[] {
  return accepted(distinct([...setupFindings(view), ...scalingFindings(view)]), objectsIn(view));
}

/** The same for a cluster that may not answer, which is a finding like any other. */
export async function diagnoseFrom(attach: () => Promise<ReachedCluster>, overlay: string): Promise<Finding[]> {
  let cluster: ReachedCluster;
  try {
    cluster = await attach();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const params = { message: error.message, fix: error.fix };
    return [finding("cluster-unreachable", { kind: "Cluster", name: "" }, params)];
  }
  return diagnose(cluster, overlay);
}

/**
 * Asks until there is no error: right after a deployment KEDA may have asked a bus that was not up yet.
 * @returns the findings of the last diagnosis, which may be errors when `maxWaitMs` has passed.
 */
export async function diagnoseSettled(
  ask: () => Promise<Finding[]>,
  maxWaitMs: number,
  everyMs = ASK_AGAIN_MS,
): Promise<Finding[]> {
  const deadlineMs = Date.now() + maxWaitMs;
  for (;;) {
    const findings = await ask();
    if (!hasErrors(findings) || Date.now() >= deadlineMs) return findings;
    await sleep(everyMs);
  }
}
