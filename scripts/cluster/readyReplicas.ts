import type { Cluster } from "./provider.ts";

/** The number of ready replicas; undefined where there is no such Deployment. */
export async function readyReplicas(
  cluster: Pick<Cluster, "kubectl">,
  namespace: string,
  deployment: string,
): Promise<number | undefined> {
  const [name = "", ready = ""] = (
    await cluster.kubectl([
      ...["get", "deployment", deployment, "--namespace", namespace, "--ignore-not-found"],
      ...["--output", "jsonpath={.metadata.name} {.status.readyReplicas}"],
    ])
  ).split(" ");
  return name === "" ? undefined : Number(ready);
}
