import type { KubeConfig } from "@kubernetes/client-node";
import type { NamespacedDialer } from "../../loadtest/targets/declared/environment.ts";
import { dialService } from "../cluster/dialService.ts";
import { CHECKOUT } from "./checkout.ts";

/** How Services of a context's cluster are reached from this machine. */
export interface ContextDialer {
  /** What makes a Service reachable. */
  dial: NamespacedDialer;
  /** Whether some are reached by port-forward. */
  forwardsPorts: boolean;
}

/** In a clone by route to the embedded cluster of this machine; else by the Service's own address for the outside, or by port-forward. */
export async function contextDialer(kubeConfig: KubeConfig): Promise<ContextDialer> {
  const dial = await CHECKOUT?.embeddedDialer(kubeConfig);
  if (dial !== undefined) return { dial, forwardsPorts: false };
  return {
    dial: (namespace, service, port) => dialService(kubeConfig, { namespace, service, port }),
    forwardsPorts: true,
  };
}
