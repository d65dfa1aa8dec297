import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/provider.ts";
import { anyBlocks, type Finding } from "./finding.ts";
import { readView } from "./read.ts";
import { scalingFindings } from "./scaling.ts";
import { setUpFindings } from "./setup.ts";

const ASK_AGAIN_MS = 3000;

/** What is not as it has to be for this overlay on this cluster, what comes first first; empty when all is well. Changes nothing. */
export async function diagnose(cluster: Cluster, overlay: string): Promise<Finding[]> {
  const view = await readView(cluster, relative(process.cwd(), overlay) || ".");
  return [...setUpFindings(view), ...scalingFindings(view)];
}

/**
 * Asks until nothing blocks any more: right after a deployment KEDA may have asked a bus that was not up yet.
 * @returns the findings of the last look, which may block all the same when `patienceMs` is over.
 */
export async function diagnoseSettled(
  ask: () => Promise<Finding[]>,
  patienceMs: number,
  everyMs = ASK_AGAIN_MS,
): Promise<Finding[]> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const findings = await ask();
    if (!anyBlocks(findings) || Date.now() >= deadlineMs) return findings;
    await sleep(everyMs);
  }
}
