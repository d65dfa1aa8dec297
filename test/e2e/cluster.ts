import { CustomObjectsApi, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { ClusterProvider } from "../../scripts/cluster/provider.ts";
import { proofClusterOn, type ProofCluster } from "../../scripts/proof/proofCluster.ts";

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
