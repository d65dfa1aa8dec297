import { KubeConfig } from "@kubernetes/client-node";
import type { ProofOptions } from "../loadtest/proof/proof.ts";
import type { Cluster } from "./cluster/provider.ts";
import { toolset } from "./toolsets.ts";

/** What the proof has to know of a cluster: how to ask it, how to reach its Services, and where k6 is. */
export async function proofTarget(
  cluster: Cluster,
  namespace: string,
): Promise<Pick<ProofOptions, "kubeConfig" | "namespace" | "reach" | "k6Path">> {
  const kubeConfig = new KubeConfig();
  if (cluster.kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(cluster.kubeconfig);
  return {
    kubeConfig,
    namespace,
    reach: (service, port) => cluster.reach(namespace, service, port),
    k6Path: (await toolset("k6")).binary("k6"),
  };
}
