import { existsSync } from "node:fs";
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { Endpoint } from "../../loadtest/model/endpoint.ts";
import { dialService } from "./dialService.ts";
import { API_SERVER, RUN } from "./embedded/layout.ts";

/** How Services of a context's cluster are reached from this machine. */
export interface ContextDialer {
  /** What makes a Service reachable. */
  dial: (namespace: string, service: string, port: number) => Promise<Endpoint>;
  /** Whether some are reached by port-forward. */
  forwardsPorts: boolean;
}

/** By route to the embedded cluster of this machine; else by the Service's own address for the outside, or by port-forward. */
export function contextDialer(kubeConfig: KubeConfig): ContextDialer {
  if (kubeConfig.getCurrentCluster()?.server !== API_SERVER || !existsSync(RUN) || process.getuid?.() !== 0) {
    return {
      dial: (namespace, service, port) => dialService(kubeConfig, { namespace, service, port }),
      forwardsPorts: true,
    };
  }
  return {
    dial: async (namespace, name, port) => {
      const { spec } = await kubeConfig.makeApiClient(CoreV1Api).readNamespacedService({ namespace, name });
      const host = spec?.clusterIP;
      if (host === undefined || host === "None") throw new Error(`Service ${name} in ${namespace} has no address`);
      return { host, port, close: () => undefined };
    },
    forwardsPorts: false,
  };
}
