import type { Target } from "../../loadtest/model/target.ts";
import { addImages, type PartOf, readImages } from "../../loadtest/preflight/target.ts";
import type { ProofCluster } from "./proofCluster.ts";

/** How often the images of pods are read, of which some are only there during a load. */
const IMAGES_EVERY_MS = 4000;

/** The target before anything was read of it. */
export function unknownTarget(named: { context: string | undefined; namespace: string | undefined }): Target {
  return {
    context: named.context ?? "",
    namespace: named.namespace ?? "",
    ...{ kubernetes: null, keda: null, metricsServer: null, k6: null, revision: null },
    nodes: [],
    images: [],
  };
}

/** Adds the images of pods that come while the work goes on to the target: a worker at 0 has none before the load. */
export async function addingImages<T>(
  {
    cluster: { kubeConfig, namespace },
    partOf,
  }: { cluster: Pick<ProofCluster, "kubeConfig" | "namespace">; partOf?: PartOf },
  target: Target,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    readImages(kubeConfig, namespace, partOf).then(
      (more) => {
        addImages(target.images, more);
      },
      // What cannot be read now can be read a moment later.
      () => undefined,
    );
  }, IMAGES_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
