import { connect } from "node:net";
import { ApiException, CoreV1Api, type KubeConfig, type V1Service } from "@kubernetes/client-node";
import type { Address, Endpoint } from "../../loadtest/model/endpoint.ts";
import { CliError } from "../process/cliError.ts";
import { say } from "../process/progress.ts";
import { waitFor } from "../process/waitFor.ts";
import { forwardToPod } from "./portForward.ts";

interface NamedService {
  namespace: string;
  service: string;
  port: number;
}

/** A cloud's load balancer takes about two minutes; a Service that has waited longer is in a cluster that has none. */
const LOAD_BALANCER_SECONDS = 180;
const DIAL_TIMEOUT_MS = 2000;
/** Of a large cluster's nodes, so many are tried. */
const NODES_TRIED = 3;

/**
 * Where a Service can be dialled: by the address that its load balancer gave it, or by a node's address and its node port, whichever answers from
 * here, so that a load spreads over its pods; else by port-forward to one of them. Says which, where a Service that is meant for the outside has no address.
 * @throws {CliError} when there is no ready pod behind it.
 */
export async function dialService(kubeConfig: KubeConfig, named: NamedService): Promise<Endpoint> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const found = await serviceWithAddress(core, named);
  for (const address of [
    ...loadBalancerAddresses(found, named.port),
    ...(await nodeAddresses(core, found, named.port)),
  ]) {
    if (await answers(address)) return { ...address, close: () => Promise.resolve() };
  }
  if (isForOutside(found)) {
    say(
      `    Service ${named.service} in ${named.namespace} has no address that answers from here: it is reached by a port-forward to one of its pods`,
    );
  }
  return forwardToService(kubeConfig, named);
}

/** By port-forward to one of the Service's ready pods. @throws {CliError} when there is none. */
export async function forwardToService(kubeConfig: KubeConfig, named: NamedService): Promise<Endpoint> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return forwardToPod(kubeConfig, { namespace: named.namespace, ...(await podBehind(core, named)) });
}

/** The Service; one of type LoadBalancer once it has its address, or has waited for it long enough. */
async function serviceWithAddress(core: CoreV1Api, { namespace, service: name }: NamedService): Promise<V1Service> {
  let last: V1Service | undefined;
  let isAnnounced = false;
  return waitFor(
    async () => {
      last = await core.readNamespacedService({ namespace, name });
      const waitsUntilMs = (last.metadata?.creationTimestamp?.getTime() ?? 0) + LOAD_BALANCER_SECONDS * 1000;
      const restSeconds = Math.ceil((waitsUntilMs - Date.now()) / 1000);
      if (last.spec?.type !== "LoadBalancer" || hasIngress(last) || restSeconds <= 0) return last;
      if (!isAnnounced)
        say(`    Service ${name} in ${namespace} waits for its load balancer's address, at most ${restSeconds} s`);
      isAnnounced = true;
      return undefined;
    },
    {
      timeoutMs: LOAD_BALANCER_SECONDS * 1000,
      everyMs: 2000,
      overdue: () => new Error(`no address of Service ${name}`),
    },
  );
}

function hasIngress(service: V1Service): boolean {
  return (service.status?.loadBalancer?.ingress ?? []).length > 0;
}

function isForOutside({ spec }: V1Service): boolean {
  return spec?.type === "LoadBalancer" || spec?.type === "NodePort";
}

function loadBalancerAddresses(service: V1Service, port: number): Address[] {
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => {
    const host = ip ?? hostname;
    return host === undefined ? [] : [{ host, port }];
  });
}

/** The Service's node port on some of the nodes, where there is one and the nodes can be read. */
async function nodeAddresses(core: CoreV1Api, { spec }: V1Service, port: number): Promise<Address[]> {
  const nodePort = spec?.ports?.find((candidate) => candidate.port === port)?.nodePort;
  if (nodePort === undefined) return [];
  const nodes = await core.listNode({ limit: NODES_TRIED }).catch((error: unknown) => {
    // Who may read only a namespace of their own still has the port-forward.
    if (error instanceof ApiException && error.code === 403) return { items: [] };
    throw error;
  });
  return nodes.items.flatMap(({ status }) =>
    (status?.addresses ?? [])
      .filter(({ type }) => type === "ExternalIP" || type === "InternalIP")
      .map(({ address }) => ({ host: address, port: nodePort })),
  );
}

/** Whether somebody accepts a connection there: an address of a network that this machine has no route to does not. */
async function answers(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: DIAL_TIMEOUT_MS });
    const end = (isAnswered: boolean) => (): void => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.once("connect", end(true)).once("timeout", end(false)).once("error", end(false));
  });
}

async function podBehind(
  core: CoreV1Api,
  { namespace, service: name, port }: NamedService,
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
