import * as z from "zod";

export const NAME = "ownsignal";
/** A node is a container of this name. */
export const NODE = `${NAME}-control-plane`;

/** The newest 1.36 that was built for the pinned kind: the minor version of the embedded cluster. */
export const NODE_IMAGE =
  "docker.io/kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed";

/** As many Services of type LoadBalancer and NodePort can there be at a time. */
const NODE_PORTS = { first: 30_000, count: 16 } as const;

/**
 * The configuration that kind makes the cluster from. Every node port that a Service can get is published on loopback by Docker, on a free port of
 * its choice: so Services are reached alike on Linux and where Docker is in a virtual machine, whose addresses this machine has no route to.
 */
export function clusterConfig(nodeImage: string): string {
  const { first, count } = NODE_PORTS;
  const ports = Array.from({ length: count }, (_, index) => first + index);
  return JSON.stringify({
    apiVersion: "kind.x-k8s.io/v1alpha4",
    kind: "Cluster",
    nodes: [
      {
        role: "control-plane",
        image: nodeImage,
        extraPortMappings: ports.map((containerPort) => ({ containerPort, hostPort: 0, listenAddress: "127.0.0.1" })),
      },
    ],
    kubeadmConfigPatchesJSON6902: [
      {
        group: "kubeadm.k8s.io",
        version: "v1beta4",
        kind: "ClusterConfiguration",
        patch: JSON.stringify([
          {
            op: "add",
            path: "/apiServer/extraArgs/-",
            value: { name: "service-node-port-range", value: `${first}-${first + count - 1}` },
          },
        ]),
      },
    ],
  });
}

const recordSchema = z.object({ state: z.enum(["creating", "created"]), nodeImage: z.string(), config: z.string() });

/** What is kept beside the kubeconfig of a cluster that was made from here, from before its making on. */
export type ClusterRecord = z.infer<typeof recordSchema>;

/** @returns undefined for what another version of this project wrote. */
export function parseRecord(text: string): ClusterRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
