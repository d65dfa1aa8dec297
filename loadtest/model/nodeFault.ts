import * as z from "zod";
import { type AbuseAnswers, MOST_ABUSE } from "./abuse.ts";

/** The volume of a StatefulSet of one. */
const volume = { statefulSet: z.string(), namespace: z.string(), claim: z.string() };

/**
 * A fault that needs root on the node that the cluster runs on. Only a target whose cluster's node is this machine injects it: the embedded cluster.
 */
export const nodeFault = z.discriminatedUnion("kind", [
  z
    .object({ kind: z.literal("daemon-stopped"), daemon: z.enum(["kube-apiserver", "etcd", "kubelet"]) })
    .describe("a part of Kubernetes ends by SIGKILL and stays away until it is restored"),
  z
    .object({ kind: z.literal("connections-cut"), port: z.int() })
    .describe("every TCP connection between pods to this port is reset, and no new one is made, until it is restored"),
  z
    .object({ kind: z.literal("volume-limited"), ...volume, freeMebibytes: z.int() })
    .describe("the volume gets a file system of its own with so much space left; the only pod is replaced for it"),
  z
    .object({ kind: z.literal("volume-filled"), ...volume, leaveKibibytes: z.int() })
    .describe("the space that is left on a volume that is limited is taken, but for so much"),
  z
    .object({
      kind: z.literal("server-abused"),
      port: z.int(),
      connections: z.int().max(MOST_ABUSE.connections),
      seconds: z.int().max(MOST_ABUSE.seconds),
    })
    .describe(
      "malformed, huge and slow requests, and so many connections, come from within the cluster's network to this port of its node, where its load balancer is",
    ),
]);
export type NodeFault = z.infer<typeof nodeFault>;

/** Injects and reverts what needs root on the node. Both may be called again, and then change nothing. */
export interface NodeFaults {
  inject(fault: NodeFault): Promise<void>;
  revert(fault: NodeFault): Promise<void>;
  /** What a server answered that was abused, once that is reverted. @throws where none was. */
  abuseAnswers(): Promise<AbuseAnswers>;
}
