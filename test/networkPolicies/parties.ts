import type { V1Pod, V1PodList } from "@kubernetes/client-node";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { NODE_ADDRESS, RUN } from "../../scripts/cluster/embedded/layout.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { run } from "../../scripts/process/command.ts";
import type { ListeningPort, Party } from "../manifests/support/networkPolicies.ts";

/** Where the cluster's containerd keeps the network namespaces of pods. */
const NETWORK_NAMESPACES = join(RUN, "containerd/io.containerd.grpc.v1.cri/netns");
const ATTEMPT = join(import.meta.dirname, "attempt.ts");

/** A pod that runs, with the network namespace that it sends from; the API server, which is no pod, has none. */
export type LiveParty = Party & { networkNamespace?: string };

/** One attempt to send. */
export interface Attempt {
  from: LiveParty;
  to: LiveParty;
  port: ListeningPort;
}

/** Every pod that runs, with the ports that it declares, and the API server. */
export async function livePartiesOf({ kubectl }: Pick<Cluster, "kubectl">): Promise<LiveParty[]> {
  const namespaces = await networkNamespaces();
  const pods = (JSON.parse(await kubectl(["get", "pods", "-A", "-o", "json"])) as V1PodList).items;
  const apiServer: LiveParty = {
    name: "API server",
    address: NODE_ADDRESS,
    listens: [{ protocol: "TCP", port: 6443 }],
  };
  return [
    apiServer,
    ...pods.filter(isRunning).map((pod) => {
      const address = pod.status?.podIP ?? "";
      const networkNamespace = namespaces.get(address);
      if (networkNamespace === undefined)
        throw new Error(`${nameOf(pod)} has address ${address}, as no network namespace`);
      return {
        name: nameOf(pod),
        address,
        namespace: pod.metadata?.namespace ?? "",
        labels: pod.metadata?.labels ?? {},
        listens: portsOf(pod),
        networkNamespace,
      };
    }),
  ];
}

function isRunning({ metadata, status }: V1Pod): boolean {
  return status?.phase === "Running" && metadata?.deletionTimestamp === undefined;
}

function nameOf({ metadata }: V1Pod): string {
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}

function portsOf({ spec }: V1Pod): ListeningPort[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
    .flatMap(({ ports = [] }) => ports)
    .map(({ name, containerPort, protocol }) => ({
      protocol: protocol === "UDP" ? "UDP" : "TCP",
      port: containerPort,
      ...(name === undefined ? {} : { name }),
    }));
}

/** The network namespaces of this node's pods, by the pod's address. */
async function networkNamespaces(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await readdir(NETWORK_NAMESPACES)) {
    const path = join(NETWORK_NAMESPACES, name);
    const links = JSON.parse(
      await run("nsenter", [`--net=${path}`, "ip", "-json", "-4", "address", "show", "dev", "eth0"]),
    ) as { addr_info: { local: string }[] }[];
    for (const { local } of links.flatMap(({ addr_info: addresses }) => addresses)) found.set(local, path);
  }
  return found;
}

/** All that could be sent to or from a namespace; a pod to itself does not pass through the network. */
export function attemptsAround(namespace: string, parties: readonly LiveParty[]): Attempt[] {
  return parties
    .filter(({ networkNamespace }) => networkNamespace !== undefined)
    .flatMap((from) =>
      parties
        .filter((to) => to !== from && [from, to].some((party) => party.namespace === namespace))
        .flatMap((to) => to.listens.map((port) => ({ from, to, port }))),
    );
}

/** As the evaluator of policies names a flow. */
export function flowOf({ from, to, port }: Attempt): string {
  return `${from.name} → ${to.name} ${port.protocol}/${port.port}`;
}

/** Sends all of them, from within the senders' network namespaces; gives the flows that got through, sorted. */
export async function passing(attempts: readonly Attempt[]): Promise<string[]> {
  const bySender = Map.groupBy(attempts, ({ from }) => from.networkNamespace ?? "");
  const passed = await Promise.all(
    [...bySender].map(async ([networkNamespace, ofSender]) => {
      const given = ofSender.map(({ to: { address }, port: { port, protocol } }) => ({ address, port, protocol }));
      const printed = await run("nsenter", [
        `--net=${networkNamespace}`,
        process.execPath,
        ATTEMPT,
        JSON.stringify(given),
      ]);
      return (JSON.parse(printed) as number[]).flatMap((index) => ofSender[index] ?? []);
    }),
  );
  return passed.flat().map(flowOf).sort();
}
