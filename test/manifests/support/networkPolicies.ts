import {
  containers,
  existing,
  ofKind,
  workloads,
  type Labels,
  type Manifest,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicySpec,
} from "../../../scripts/manifests/manifest.ts";
import { selects } from "./selectors.ts";

/** Somebody who could send or be sent to: a pod where it has a namespace, else a machine outside. */
export interface Party {
  name: string;
  /** IPv4. */
  address: string;
  namespace?: string;
  labels?: Labels;
  /** Where it can be sent to; a name only where a policy could use it. */
  listens: readonly ListeningPort[];
}

export interface ListeningPort {
  protocol: "TCP" | "UDP";
  port: number;
  name?: string;
}

interface Policy {
  namespace: string;
  spec: NetworkPolicySpec;
}

/**
 * Every flow between two parties that the policies let through, as `<from> → <to> <protocol>/<port>`, sorted.
 *
 * As the specification has it (https://kubernetes.io/docs/concepts/services-networking/network-policies/): a pod that no policy
 * selects for a direction is open in that direction; several policies add up; and a flow passes when the sender's egress and the
 * receiver's ingress both let it. Two things are taken at their worst, since network plugins differ: a range of addresses covers
 * pods too, and so does a rule without peers. A node always reaches its own pods (probes, port-forwards), so nodes are no parties.
 * Flows between two parties of which neither is in the policies' namespace are left out.
 */
export function allowedFlows(objects: readonly Manifest[], parties: readonly Party[]): string[] {
  const policies: Policy[] = ofKind(objects, "NetworkPolicy").map(({ metadata, spec }) => ({
    namespace: existing(metadata.namespace, `namespace of NetworkPolicy ${metadata.name}`),
    spec,
  }));
  const governed = new Set(policies.map(({ namespace }) => namespace));
  return parties
    .flatMap((from) =>
      parties
        .filter((to) => [from, to].some(({ namespace }) => governed.has(namespace ?? "")))
        .flatMap((to) =>
          to.listens
            .filter((port) => passes(policies, "Egress", from, to, port) && passes(policies, "Ingress", to, from, port))
            .map(({ protocol, port }) => `${from.name} → ${to.name} ${protocol}/${port}`),
        ),
    )
    .sort();
}

/** The pods of the rendered workloads, each listening on its ports and on 2 that nobody declared, so that a rule without ports shows. */
export function podsOf(objects: readonly Manifest[]): Party[] {
  return workloads(objects).map(({ metadata, spec }, index) => ({
    name: metadata.name,
    namespace: existing(metadata.namespace, `namespace of ${metadata.name}`),
    address: `10.244.0.${10 + index}`,
    labels: spec.template.metadata.labels ?? {},
    listens: [
      { protocol: "TCP", port: 1 },
      { protocol: "UDP", port: 1 },
      ...containers(spec.template.spec)
        .flatMap(({ ports = [] }) => ports)
        .map(({ name, containerPort }) => ({
          protocol: "TCP" as const,
          port: containerPort,
          ...(name === undefined ? {} : { name }),
        })),
    ],
  }));
}

/** Whether `subject` may send to, or be sent to by, `other` on a port of the receiver. */
function passes(
  policies: readonly Policy[],
  direction: "Ingress" | "Egress",
  subject: Party,
  other: Party,
  port: ListeningPort,
): boolean {
  const selecting = policies.filter(
    ({ namespace, spec }) =>
      namespace === subject.namespace &&
      selects(spec.podSelector, subject.labels) &&
      // Left out, the types are Ingress, and Egress where there are rules for it.
      (spec.policyTypes ?? ["Ingress", ...(spec.egress === undefined ? [] : ["Egress"])]).includes(direction),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ namespace, spec }) => {
    const rules =
      direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(
      ({ peers = [], ports = [] }) =>
        (peers.length === 0 || peers.some((peer) => means(peer, namespace, other))) &&
        (ports.length === 0 || ports.some((one) => covers(one, port))),
    );
  });
}

function means(peer: NetworkPolicyPeer, ownNamespace: string, party: Party): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock;
    return contains(cidr, party.address) && !except.some((range) => contains(range, party.address));
  }
  if (party.namespace === undefined) return false;
  const inNamespace =
    peer.namespaceSelector === undefined
      ? party.namespace === ownNamespace
      : selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": party.namespace });
  return inNamespace && selects(peer.podSelector ?? {}, party.labels);
}

function covers({ protocol = "TCP", port, endPort }: NetworkPolicyPort, listening: ListeningPort): boolean {
  if (protocol !== listening.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === "string") return port === listening.name;
  return listening.port >= port && listening.port <= (endPort ?? port);
}

function contains(cidr: string, address: string): boolean {
  const [base = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(valueOf(base) / size) === Math.floor(valueOf(address) / size);
}

function valueOf(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}
