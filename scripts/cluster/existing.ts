import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { KubeConfig, CoreV1Api, PortForward } from "@kubernetes/client-node";
import { CommandError, run } from "../command.ts";
import { messageOf, Problem } from "../problem.ts";
import { say } from "../progress.ts";
import { versionOf } from "../toolsets.ts";
import type { Cluster, ClusterProvider, Reached } from "./provider.ts";

/** The cluster of the current kubectl context, which is a person's own: nothing of it is taken down. */
export const existing: ClusterProvider = {
  name: "existing",
  up: attach,
  attach,
  down: () => {
    say(
      "CLUSTER=existing: the cluster is yours and stays. To take ownsignal out of it: kubectl delete namespace orders-dev",
    );
    return Promise.resolve();
  },
};

async function attach(): Promise<Cluster> {
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    run("kubectl", args, input === undefined ? {} : { input });
  let context: string;
  try {
    context = (await kubectl(["config", "current-context"])).trim();
    await kubectl(["get", "--raw", "/readyz"]);
  } catch (error) {
    throw new Problem(
      `the cluster of the current kubectl context does not answer: ${error instanceof CommandError ? error.message : messageOf(error)}`,
      "install kubectl, and choose a context that answers: `kubectl config use-context NAME`",
      { cause: error },
    );
  }
  say(`using the cluster of kubectl context ${context}`);
  return {
    kubectl,
    kubeconfig: process.env.KUBECONFIG,
    loadImages: undefined,
    controllers: {
      keda: `https://github.com/kedacore/keda/releases/download/v${versionOf("keda")}/keda-${versionOf("keda")}.yaml`,
      metricsServer: `https://github.com/kubernetes-sigs/metrics-server/releases/download/v${versionOf("metrics-server")}/components.yaml`,
      components: { keda: ["keda"], metricsServer: ["metrics-server"] },
    },
    reach,
    shellLine: `kubectl config use-context ${context}`,
    takeDown: "The deployment stays: `kubectl delete -k kustomize/overlays/dev` takes it away.",
  };
}

/** By its own address where the Service has one for the outside, so that a load spreads over its pods; by port-forward elsewhere. */
async function reach(namespace: string, service: string, port: number): Promise<Reached> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { status } = await core.readNamespacedService({ namespace, name: service });
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const host = ingress?.ip ?? ingress?.hostname;
  if (host !== undefined) return { host, port, close: () => Promise.resolve() };
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
