import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/provider.ts";
import { hasErrors, type Finding } from "./finding.ts";
import { readView } from "./read.ts";
import { scalingFindings } from "./scaling.ts";
import { setupFindings } from "./setup.ts";

const ASK_AGAIN_MS = 3000;

/** What is wrong for this overlay on this cluster, setup before autoscaling; empty when nothing is. Changes nothing. */
export async function diagnose(cluster: Cluster, overlay: string): Promise<Finding[]> {
  const view = await readView(cluster, relative(process.cwd(), overlay) || ".");
  return [...setupFindings(view), ...scalingFindings(view)];
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
