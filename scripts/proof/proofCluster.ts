import { existsSync } from "node:fs";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ContainerName } from "../../loadtest/engine/podActions.ts";
import type { UndoJournal } from "../../loadtest/engine/undoJournal.ts";
import type { NodeFaults } from "../../loadtest/model/nodeFault.ts";
import type { ServiceDialer } from "../../loadtest/model/endpoint.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { kubeConfigWith } from "../cluster/context.ts";
import { embedded } from "../cluster/embedded/embedded.ts";
import { API_SERVER, RUN } from "../cluster/embedded/layout.ts";
import { killByMemory } from "../cluster/killByMemory.ts";
import { killContainer, podReader } from "../cluster/killContainer.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { Cluster } from "../cluster/provider.ts";
import { dialService } from "../cluster/dialService.ts";
import { journalOf } from "../faults/journal.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";

/** Where a proof runs: how to ask the cluster, how to reach its Services, how to kill one of its pods. */
export interface ProofCluster {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: ServiceDialer;
  /** Ends a container by SIGKILL. */
  killContainer: (name: ContainerName) => Promise<void>;
  /** Injects faults that need root on the node; undefined where the node is not this machine. */
  node: NodeFaults | undefined;
  /** Where what proofs change in it is written down. */
  journal: UndoJournal;
  /** What the two do, and so need permissions for. */
  access: Cluster["access"];
}

/** The cluster that was set up, or is up. */
export function proofClusterOn(cluster: Cluster, namespace: string): ProofCluster {
  const kubeConfig = kubeConfigOf(cluster);
  return {
    kubeConfig,
    namespace,
    reach: (service, port, other = namespace) => cluster.dialService(other, service, port),
    killContainer: ({ namespace: of, pod, container }) => cluster.kill(of, pod, container),
    node: cluster.node,
    journal: journalOf(kubeConfig),
    access: cluster.access,
  };
}

/**
 * What is deployed already, as the person named it: by a kubectl context, or by a namespace of the cluster that `CLUSTER` names.
 * Nothing is changed.
 * @throws {CliError} when there is no such context, or the cluster does not answer.
 */
export async function namedProofCluster(
  named: {
    context: string | undefined;
    namespace: string | undefined;
  },
  defaultNamespace = DEV_NAMESPACE,
): Promise<ProofCluster> {
  if (named.context === undefined) {
    return proofClusterOn(await (await chooseProvider()).attach(), named.namespace ?? defaultNamespace);
  }
  const kubeConfig = kubeConfigWith(named.context);
  const namespace = named.namespace ?? kubeConfig.getContextObject(named.context)?.namespace ?? defaultNamespace;
  // To the embedded cluster, by whatever context, this machine has routes.
  if (kubeConfig.getCurrentCluster()?.server === API_SERVER && existsSync(RUN) && process.getuid?.() === 0) {
    return { ...proofClusterOn(await embedded.attach(), namespace), kubeConfig };
  }
  return {
    kubeConfig,
    namespace,
    reach: (service, port, other = namespace) => dialService(kubeConfig, { namespace: other, service, port }),
    killContainer: (name) => killContainer(podReader(kubeConfig), name, killByMemory(kubeConfig)),
    node: undefined,
    journal: journalOf(kubeConfig),
    access: { forwardsPorts: true, execsIntoPods: true },
  };
}
