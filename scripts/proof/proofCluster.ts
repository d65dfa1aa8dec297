import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { ServiceDialer } from "../../loadtest/model/endpoint.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { embedded } from "../cluster/embedded/embedded.ts";
import { API_SERVER, RUN } from "../cluster/embedded/layout.ts";
import { killByMemory } from "../cluster/killByMemory.ts";
import { killContainer, podReader } from "../cluster/killContainer.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { Cluster } from "../cluster/provider.ts";
import { dialService } from "../cluster/dialService.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

/** Where a proof runs: how to ask the cluster, how to reach its Services, how to kill one of its pods. */
export interface ProofCluster {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: ServiceDialer;
  /** Ends the container `worker` of a pod by SIGKILL. */
  killPod: (pod: string) => Promise<void>;
  /** What the two do, and so need permissions for. */
  access: Cluster["access"];
}

/** The cluster that was set up, or is up. */
export function proofClusterOn(cluster: Cluster, namespace: string): ProofCluster {
  return {
    kubeConfig: kubeConfigOf(cluster),
    namespace,
    reach: (service, port) => cluster.dialService(namespace, service, port),
    killPod: (pod) => cluster.kill(namespace, pod, "worker"),
    access: cluster.access,
  };
}

/**
 * What is deployed already, as the person named it: by a kubectl context, or by a namespace of the cluster that `CLUSTER` names.
 * Nothing is changed.
 * @throws {CliError} when there is no such context, or the cluster does not answer.
 */
export async function namedProofCluster(named: {
  context: string | undefined;
  namespace: string | undefined;
}): Promise<ProofCluster> {
  if (named.context === undefined) {
    return proofClusterOn(await (await chooseProvider()).attach(), named.namespace ?? DEV_NAMESPACE);
  }
  const kubeConfig = kubeConfigWith(named.context);
  const namespace = named.namespace ?? kubeConfig.getContextObject(named.context)?.namespace ?? DEV_NAMESPACE;
  // To the embedded cluster, by whatever context, this machine has routes.
  if (kubeConfig.getCurrentCluster()?.server === API_SERVER && existsSync(RUN) && process.getuid?.() === 0) {
    return { ...proofClusterOn(await embedded.attach(), namespace), kubeConfig };
  }
  return {
    kubeConfig,
    namespace,
    reach: (service, port) => dialService(kubeConfig, { namespace, service, port }),
    killPod: (pod) =>
      killContainer(podReader(kubeConfig), { namespace, pod, container: "worker" }, killByMemory(kubeConfig)),
    access: { forwardsPorts: true, execsIntoPods: true },
  };
}

/** The person's own kubeconfig, at one of its contexts. */
function kubeConfigWith(context: string): KubeConfig {
  const files = (process.env.KUBECONFIG ?? "").split(":").filter((file) => file !== "");
  const named = files.length > 0 ? files.join(", ") : join(homedir(), ".kube/config");
  // Without a file the client would take an address of its own making.
  if (files.length === 0 && !existsSync(named)) {
    throw new CliError(`--context ${context}: there is no kubeconfig ${named}`, "let KUBECONFIG name yours");
  }
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new CliError(`the kubeconfig ${named} cannot be read: ${messageOf(error)}`, "let KUBECONFIG name yours", {
      cause: error,
    });
  }
  const contexts = kubeConfig.getContexts().map(({ name }) => name);
  if (!contexts.includes(context)) {
    throw new CliError(
      `there is no context "${context}" in ${named}`,
      contexts.length === 0 ? "it has none" : `it has ${contexts.join(", ")}`,
    );
  }
  kubeConfig.setCurrentContext(context);
  return kubeConfig;
}
