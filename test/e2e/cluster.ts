import { CustomObjectsApi, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { Deadlines } from "../../loadtest/assertions/progress.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import { runOrdersProof } from "../../loadtest/targets/orders/ordersProof.ts";
import { ordersPart } from "../../loadtest/targets/orders/permissions.ts";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { ClusterProvider } from "../../scripts/cluster/provider.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { proofClusterOn, type ProofCluster } from "../../scripts/proof/proofCluster.ts";
import { k6Program } from "../../scripts/toolsets/onPath.ts";

export const NAMESPACE = "orders-dev";
const SCALED_OBJECT = {
  group: "keda.sh",
  version: "v1alpha1",
  plural: "scaledobjects",
  namespace: NAMESPACE,
  name: "worker",
};

/** The deployed system, on the cluster that `CLUSTER` names or that fits this machine: a person's own context is never taken silently. */
export async function attachToCluster(provider?: Pick<ClusterProvider, "attach">): Promise<ProofCluster> {
  return proofClusterOn(await (provider ?? (await chooseProvider())).attach(), NAMESPACE);
}

/** Sets or, with null, removes an annotation of the worker's ScaledObject. */
export async function annotateScaledObject(kubeConfig: KubeConfig, name: string, value: string | null): Promise<void> {
  await kubeConfig
    .makeApiClient(CustomObjectsApi)
    .patchNamespacedCustomObject(
      { ...SCALED_OBJECT, body: { metadata: { annotations: { [name]: value } } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
}

/** Proves scenario queue-backlog with so many orders. */
export async function proveBacklog(
  { kubeConfig, reach, journal }: ProofCluster,
  of: { outDir: string; backlogOrders: number; deadlines?: Partial<Deadlines> },
): Promise<Report> {
  const { outDir, backlogOrders, deadlines = {} } = of;
  const k6Path = await k6Program();
  return runOrdersProof({
    kubeConfig,
    namespace: NAMESPACE,
    reach,
    k6Path,
    outDir,
    profile: "smoke",
    scenarios: ["queue-backlog"],
    target: await readTarget(kubeConfig, NAMESPACE, { k6Path, checkout: ROOT, partOf: ordersPart }),
    command: "./scripts/negative-controls",
    sizes: { backlogOrders },
    deadlines,
    journal,
    seed: 1,
    log: (line) => process.stderr.write(`${line}\n`),
  });
}
