import { KubeConfig } from "@kubernetes/client-node";
import type { Cluster } from "./provider.ts";

/** The client's configuration for a cluster: from its own kubeconfig, or from where kubectl looks. */
export function kubeConfigOf({ kubeconfig }: Pick<Cluster, "kubeconfig">): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(kubeconfig);
  return kubeConfig;
}
