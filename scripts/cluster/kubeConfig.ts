import { KubeConfig } from "@kubernetes/client-node";
import type { ReachedCluster } from "./provider.ts";

/** The client's configuration for a cluster: from its own kubeconfig, or from where kubectl looks. */
export function kubeConfigOf({ kubeconfig, context }: Pick<ReachedCluster, "kubeconfig" | "context">): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(kubeconfig);
  if (context !== undefined) kubeConfig.setCurrentContext(context);
  return kubeConfig;
}
