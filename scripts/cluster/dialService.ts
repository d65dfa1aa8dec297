import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { CliError } from "../process/cliError.ts";
import { forwardToPod } from "./portForward.ts";
import type { Endpoint } from "../../loadtest/model/endpoint.ts";

/**
 * By its own address where the Service has one for the outside, so that a load spreads over its pods; by port-forward elsewhere.
 * @param dialsAddresses whether this machine has a route to the addresses that Services get.
 */
export async function dialService(
  kubeConfig: KubeConfig,
  { namespace, service, port }: { namespace: string; service: string; port: number },
  dialsAddresses = true,
): Promise<Endpoint> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { status } = await core.readNamespacedService({ namespace, name: service });
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const host = ingress?.ip ?? ingress?.hostname;
  if (dialsAddresses && host !== undefined) return { host, port, close: () => Promise.resolve() };
  return forwardToPod(kubeConfig, { namespace, ...(await podBehind(core, namespace, service, port)) });
}

async function podBehind(
  core: CoreV1Api,
  namespace: string,
  name: string,
  port: number,
): Promise<{ pod: string; port: number }> {
  const service = await core.readNamespacedService({ namespace, name });
  const servicePort = service.spec?.ports?.find((candidate) => candidate.port === port);
  const labelSelector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = await core.listNamespacedPod({ namespace, labelSelector });
  const pod = pods.items.find(
    (candidate) =>
      candidate.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true,
  );
  const podName = pod?.metadata?.name;
  if (servicePort === undefined || podName === undefined) {
    throw new CliError(
      `there is no ready pod behind Service ${namespace}/${name} port ${port}`,
      "deploy first, and wait until it is ready",
    );
  }
  const target = servicePort.targetPort ?? port;
  if (typeof target === "number") return { pod: podName, port: target };
  const containers = [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])];
  const named = containers.flatMap(({ ports }) => ports ?? []).find((candidate) => candidate.name === target);
  return { pod: podName, port: named?.containerPort ?? port };
}
