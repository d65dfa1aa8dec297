import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { deployObjects } from "../../scripts/accuracy/measure.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { rendered, withLiveImages } from "../../scripts/mutants/variant.ts";
import { DEV_NAMESPACE, DEV_OVERLAY } from "../../scripts/process/paths.ts";

const OVERLAY = join(import.meta.dirname, "workers");
/** KEDA holds so many replicas and no HPA: {@link https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling | Pausing}. */
const ANNOTATION = "autoscaling.keda.sh/paused-replicas";
const LONGEST_SECONDS = 180;

const deployment = z.object({
  spec: z.object({ replicas: z.number() }),
  status: z.object({ replicas: z.number().default(0), readyReplicas: z.number().default(0) }),
});

/** Deploys the workers of a fixed pace. */
export async function deployFixedWorkers(cluster: Cluster): Promise<void> {
  await deployObjects(cluster, await withLiveImages(cluster, await rendered(OVERLAY), DEV_NAMESPACE));
}

/** Deploys dev's own again, and lets KEDA scale them. */
export async function restoreWorkers(cluster: Cluster): Promise<void> {
  await annotate(cluster, `${ANNOTATION}-`);
  await deployObjects(cluster, await withLiveImages(cluster, await rendered(DEV_OVERLAY), DEV_NAMESPACE));
}

/** Holds so many workers, and resolves when all are ready. @throws {Error} where they are not after three minutes. */
export async function holdWorkers(cluster: Cluster, workers: number): Promise<void> {
  await annotate(cluster, `${ANNOTATION}=${workers}`);
  const deadlineMs = Date.now() + LONGEST_SECONDS * 1000;
  for (;;) {
    const { spec, status } = deployment.parse(
      JSON.parse(await cluster.kubectl(["-n", DEV_NAMESPACE, "get", "deployment", "worker", "-o", "json"])),
    );
    if ([spec.replicas, status.replicas, status.readyReplicas].every((count) => count === workers)) return;
    if (Date.now() > deadlineMs)
      throw new Error(`${status.readyReplicas} of ${workers} workers are ready after ${LONGEST_SECONDS} s`);
    await delay(1000);
  }
}

async function annotate(cluster: Cluster, annotation: string): Promise<void> {
  await cluster.kubectl(["-n", DEV_NAMESPACE, "annotate", "scaledobject", "worker", annotation, "--overwrite"]);
}
