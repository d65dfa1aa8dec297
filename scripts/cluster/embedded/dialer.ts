import { existsSync } from "node:fs";
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { Endpoint } from "../../../loadtest/model/endpoint.ts";
import { API_SERVER, RUN } from "./layout.ts";

/** Dials Services of the embedded cluster by the route that this machine has to them; undefined where the context is another cluster's. */
export function embeddedDialer(
  kubeConfig: KubeConfig,
): ((namespace: string, service: string, port: number) => Promise<Endpoint>) | undefined {
  if (kubeConfig.getCurrentCluster()?.server !== API_SERVER || !existsSync(RUN)) return undefined;
  return async (namespace, name, port) => {
    const { spec } = await kubeConfig.makeApiClient(CoreV1Api).readNamespacedService({ namespace, name });
    const host = spec?.clusterIP;
    if (host === undefined || host === "None") throw new Error(`Service ${name} in ${namespace} has no address`);
    return { host, port, close: () => undefined };
  };
}
