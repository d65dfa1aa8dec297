import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { CoreV1Api, PortForward, type KubeConfig } from "@kubernetes/client-node";
import { Problem } from "../problem.ts";
import type { Reached } from "./provider.ts";

/**
 * By its own address where the Service has one for the outside, so that a load spreads over its pods; by port-forward elsewhere.
 * @param dialsAddresses whether this machine has a route to the addresses that Services get.
 */
export async function reachService(
  kubeConfig: KubeConfig,
  { namespace, service, port }: { namespace: string; service: string; port: number },
  dialsAddresses = true,
): Promise<Reached> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { status } = await core.readNamespacedService({ namespace, name: service });
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const host = ingress?.ip ?? ingress?.hostname;
  if (dialsAddresses && host !== undefined) return { host, port, close: () => Promise.resolve() };
  return forward(kubeConfig, core, namespace, service, port);
}

/** A listener on loopback whose connections are forwarded to a ready pod behind the Service. */
async function forward(
  kubeConfig: KubeConfig,
  core: CoreV1Api,
  namespace: string,
  service: string,
  port: number,
): Promise<Reached> {
  const { pod, podPort } = await podBehind(core, namespace, service, port);
  const forwarding = new PortForward(kubeConfig);
  const server = createServer((socket) => {
    forwarding.portForward(namespace, pod, [podPort], socket, null, socket).catch((error: unknown) => {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      await Promise.resolve();
    },
  };
}

async function podBehind(
  core: CoreV1Api,
  namespace: string,
  name: string,
  port: number,
): Promise<{ pod: string; podPort: number }> {
  const service = await core.readNamespacedService({ namespace, name });
  const wanted = service.spec?.ports?.find((candidate) => candidate.port === port);
  const labelSelector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = await core.listNamespacedPod({ namespace, labelSelector });
  const pod = pods.items.find(
    (candidate) =>
      candidate.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true,
  );
  const podName = pod?.metadata?.name;
  if (wanted === undefined || podName === undefined) {
    throw new Problem(
      `no ready pod stands behind Service ${namespace}/${name} port ${port}`,
      "deploy first, and wait until it is ready",
    );
  }
  const target = wanted.targetPort ?? port;
  if (typeof target === "number") return { pod: podName, podPort: target };
  const containers = [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])];
  const named = containers.flatMap(({ ports }) => ports ?? []).find((candidate) => candidate.name === target);
  return { pod: podName, podPort: named?.containerPort ?? port };
}
