import { makeServerCertificate } from "./certificates.ts";
import { clearLeftovers } from "../process/cache.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { Cluster, ClusterProvider, Deployable } from "../cluster/provider.ts";
import { journalOf } from "../faults/journal.ts";
import { restoreLeft } from "../faults/restoreLeft.ts";
import { discoverControllers } from "./controllers/discover.ts";
import { ensureControllers } from "./controllers/ensure.ts";
import { step } from "../process/progress.ts";
import { rollChangedImages } from "./rollout.ts";
import { ensureSecrets } from "./secrets.ts";

/**
 * Everything that a deployment needs and none of it: cluster, images, Secrets, KEDA, metrics-server. Can be run again at any
 * point, and then takes seconds.
 * @param chosen the provider that `CLUSTER=` or this machine chooses by default; a test gives its own.
 */
export async function prepare(chosen?: ClusterProvider): Promise<{ cluster: Cluster; deployable: Deployable }> {
  const provider = chosen ?? (await chooseProvider());
  await clearLeftovers();
  const cluster = await provider.up();
  const kubeConfig = kubeConfigOf(cluster);
  await restoreLeft({ journal: journalOf(kubeConfig), kubeConfig, node: cluster.node });
  // Before anything is changed: where KEDA is there in part, or another adapter in its place, nothing is.
  const found = await discoverControllers(cluster);
  const deployable = await cluster.provideImages();
  const authority = await step("making Secrets and certificates in namespace orders-dev", () =>
    ensureSecrets(cluster, makeServerCertificate),
  );
  await step(
    "preparing KEDA and metrics-server",
    () => ensureControllers(cluster, found, authority),
    "1 min the first time",
  );
  await rollChangedImages(cluster, deployable.images);
  return { cluster, deployable };
}
