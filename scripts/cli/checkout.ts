import type { KubeConfig } from "@kubernetes/client-node";
import type { NamespacedDialer } from "../../loadtest/targets/declared/environment.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { DEV_OVERLAY } from "../process/paths.ts";

/** What only a clone of the repository has: its overlay, its cluster, its pinned programs. */
export interface Checkout {
  /** The overlay that is deployed in development. */
  overlay: string;
  /** The cluster that `CLUSTER` names, or the one of `./scripts/up`. */
  attach: () => Promise<ReachedCluster>;
  /** The path of the pinned kubectl, which is built where it is not yet. */
  kubectl: () => Promise<string>;
  /** The path of the k6 on PATH where it fits, else of the pinned one, which is built where it is not yet. */
  k6: () => Promise<string>;
  /** By route to the embedded cluster of this machine; undefined where the context is another cluster's. */
  embeddedDialer: (kubeConfig: KubeConfig) => Promise<NamespacedDialer | undefined>;
  /** The path of the pinned kustomize, which is built where it is not yet. */
  kustomize: () => Promise<string>;
  /** Proves the orders system with these arguments. @returns the exit code. */
  proveOrders: (args: readonly string[], program: string) => Promise<number>;
}

/** The npm package has `undefined` in this module's place (scripts/package), and so nothing of what is imported here. */
export const CHECKOUT: Checkout | undefined = {
  overlay: DEV_OVERLAY,
  attach: async () => (await (await import("../cluster/choose.ts")).chooseProvider()).attach(),
  kubectl: async () => (await (await import("../toolsets/toolsets.ts")).toolset("kubernetes")).binary("kubectl"),
  k6: async () => (await import("../toolsets/onPath.ts")).k6Program(),
  embeddedDialer: async (kubeConfig) => (await import("../cluster/embedded/dialer.ts")).embeddedDialer(kubeConfig),
  kustomize: async () => (await (await import("../toolsets/toolsets.ts")).toolset("kustomize")).binary("kustomize"),
  proveOrders: async (args, program) => (await import("../proof/command.ts")).runProveOrders(args, program),
};
