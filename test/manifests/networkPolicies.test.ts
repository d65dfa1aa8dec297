import { broken, existing, ofKind, type Manifest, type NetworkPolicySpec } from "../../scripts/manifests/manifest.ts";
import { allowedFlows, podsOf, type ListeningPort, type Party } from "./support/networkPolicies.ts";
import { render } from "../support/render.ts";

const tcp = (...ports: number[]): ListeningPort[] => ports.map((port) => ({ protocol: "TCP", port }));

/** Pods of other namespaces, and machines outside. */
const OUTSIDE: readonly Party[] = [
  { name: "client", address: "203.0.113.7", listens: [] },
  { name: "internet", address: "198.51.100.9", listens: tcp(22, 80, 443, 4318, 5671, 10000) },
  { name: "metadata service", address: "169.254.169.254", listens: tcp(80, 443) },
  { name: "API server", address: "192.0.2.1", listens: tcp(443, 6443) },
  {
    name: "DNS",
    address: "10.244.1.1",
    namespace: "kube-system",
    labels: { "k8s-app": "kube-dns" },
    listens: [{ protocol: "UDP", port: 53 }, ...tcp(53, 9153)],
  },
  {
    name: "keda-operator",
    address: "10.244.1.2",
    namespace: "keda",
    labels: { app: "keda-operator" },
    listens: tcp(8080, 9666),
  },
  {
    name: "keda-metrics-apiserver",
    address: "10.244.1.3",
    namespace: "keda",
    labels: { app: "keda-metrics-apiserver" },
    listens: tcp(8080, 6443),
  },
  {
    name: "collector",
    address: "10.244.1.4",
    namespace: "observability",
    labels: { "app.kubernetes.io/name": "opentelemetry-collector" },
    listens: tcp(4317, 4318),
  },
  // Labels say nothing without the namespace.
  ...["api", "worker", "cache", "servicebus-emulator", "prometheus", "keda-operator"].map((service, index) => ({
    name: `${service} of another namespace`,
    address: `10.244.2.${index + 1}`,
    namespace: "elsewhere",
    labels: { app: service === "keda-operator" ? service : "ownsignal", service, "k8s-app": "kube-dns" },
    listens: tcp(53, 5672, 6379, 8080, 8443, 9464),
  })),
];

const EVERYONE_OUTSIDE = OUTSIDE.map(({ name }) => name);

/** A pod of the namespace that nobody knows. */
function stranger(namespace: string): Party {
  return { name: "stranger", address: "10.244.0.250", namespace, labels: { app: "stranger" }, listens: tcp(80, 9464) };
}

function flowsOf(objects: readonly Manifest[]): string[] {
  const pods = podsOf(objects);
  const namespace = existing(pods[0]?.namespace, "namespace");
  return allowedFlows(objects, [...pods, stranger(namespace), ...OUTSIDE]);
}

/** `api → cache 6379` for one flow; several senders, receivers and ports stand for all their combinations. */
function flows(from: readonly string[], to: readonly string[], ports: readonly (number | string)[]): string[] {
  return from.flatMap((sender) =>
    to.flatMap((receiver) =>
      ports.map((port) => `${sender} → ${receiver} ${typeof port === "number" ? `TCP/${port}` : port}`),
    ),
  );
}

const INTAKE = flows(EVERYONE_OUTSIDE, ["api"], [8080]);
const NAMES = (...from: string[]): string[] => flows(from, ["DNS"], ["TCP/53", "UDP/53"]);
const CACHE = flows(["api", "worker"], ["cache"], [6379]);
const EMULATOR = [
  ...flows(["api", "worker"], ["servicebus-emulator"], [5672]),
  ...flows(["keda-operator"], ["servicebus-emulator"], [8443]),
];
/** Whatever answers on the API server's ports: it has no labels to be told from others by. */
const API_SERVER = (from: string): string[] => [
  ...flows([from], ["API server"], [443, 6443]),
  ...flows([from], ["internet", "metadata service"], [443]),
  ...flows([from], ["keda-metrics-apiserver"], [6443]),
];
const MONITORING = [
  ...flows(["prometheus"], ["api", "worker"], [9464]),
  ...flows(["prometheus"], ["api"], [9465]),
  ...flows(["prometheus"], ["kube-state-metrics", "keda-operator", "keda-metrics-apiserver"], [8080]),
  ...NAMES("prometheus"),
  ...API_SERVER("prometheus"),
  ...API_SERVER("kube-state-metrics"),
];
/** Azure's addresses are not known beforehand, so ports bound these flows. */
const ENTRA_AND_BUS = [
  ...flows(["api", "worker"], ["internet"], [443, 5671]),
  ...flows(["api", "worker"], ["API server"], [443]),
];
const TRACING = flows(["api", "worker"], ["collector"], [4318]);
const OWN = [...INTAKE, ...NAMES("api", "worker")];

const DEV = [...OWN, ...CACHE, ...EMULATOR, ...MONITORING, ...flows(["prometheus"], ["servicebus-emulator"], [9464])];
const GRAFANA = [...flows(["grafana"], ["prometheus"], [9090]), ...NAMES("grafana")];
const AZURE = [...OWN, ...ENTRA_AND_BUS, ...flows(["api", "worker"], ["internet"], [10_000])];

const dev = render("kustomize/overlays/dev");
const azure = render("kustomize/overlays/azure");

test.each<[string, readonly Manifest[], readonly string[]]>([
  ["overlays/dev", dev, DEV],
  ["overlays/dev-grafana", render("kustomize/overlays/dev-grafana"), [...DEV, ...GRAFANA]],
  ["overlays/azure", azure, AZURE],
  ...(
    [
      ["connection-string", [...OWN, ...CACHE]],
      ["servicebus-emulator", [...OWN, ...CACHE, ...EMULATOR]],
      ["monitoring", [...OWN, ...CACHE, ...MONITORING]],
      ["grafana", [...OWN, ...CACHE, ...MONITORING, ...GRAFANA]],
      ["tracing", [...OWN, ...CACHE, ...TRACING]],
      ["worker-on-cpu", [...OWN, ...CACHE]],
      ["workload-identity", [...OWN, ...CACHE, ...ENTRA_AND_BUS]],
      ["dev-tracing", [...DEV, ...TRACING]],
      ["azure-monitoring-tracing", [...AZURE, ...MONITORING, ...TRACING]],
    ] as const
  ).map(([name, expected]): [string, readonly Manifest[], readonly string[]] => [
    `fixtures/${name}`,
    render(`test/manifests/fixtures/${name}`),
    expected,
  ]),
])("the policies of %s allow exactly the flows of the design", (_, objects, expected) => {
  expect(flowsOf(objects)).toEqual([...expected].sort());
});

function policy(objects: readonly Manifest[], name: string): NetworkPolicySpec {
  return existing(
    ofKind(objects, "NetworkPolicy").find(({ metadata }) => metadata.name === name),
    `NetworkPolicy ${name}`,
  ).spec;
}

/** The first rule of a list, to be broken. */
function first<Rule>(rules: readonly Rule[] | undefined): Rule {
  return existing(rules?.[0], "rule");
}

test.each<[string, (copy: Manifest[]) => void, string[], string[]]>([
  [
    "no default",
    (copy) => {
      copy.splice(
        copy.findIndex(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "default-deny"),
        1,
      );
    },
    [...flows(["client"], ["stranger"], [80]), ...flows(["stranger"], ["internet"], [22])],
    [],
  ],
  [
    "a rule that is gone",
    (copy) => {
      policy(copy, "cache").ingress = [];
    },
    [],
    CACHE,
  ],
  [
    "a rule without peers",
    (copy) => delete first(policy(copy, "cache").ingress).from,
    flows(["api of another namespace", "client"], ["cache"], [6379]),
    [],
  ],
  [
    "a rule without ports",
    (copy) => delete first(policy(copy, "cache").ingress).ports,
    [],
    // It takes the sender's egress too, so one side alone opens nothing.
    [],
  ],
  [
    "a selector of the wrong pods",
    (copy) => {
      policy(copy, "worker").podSelector = { matchLabels: { app: "ownsignal", service: "api" } };
    },
    [],
    flows(["worker"], ["servicebus-emulator"], [5672]),
  ],
  [
    "any namespace instead of KEDA's",
    (copy) => {
      const keda = existing(policy(copy, "servicebus-emulator").ingress?.[1]?.from?.[0], "peer");
      keda.namespaceSelector = {};
    },
    flows(["keda-operator of another namespace"], ["servicebus-emulator"], [8443]),
    [],
  ],
  [
    "one direction only",
    (copy) => {
      policy(copy, "default-deny").policyTypes = ["Ingress"];
    },
    flows(["stranger"], ["internet"], [22]),
    [],
  ],
  [
    "a way out for everything",
    (copy) => {
      policy(copy, "worker").egress?.push({});
    },
    flows(["worker"], ["internet"], [22, 443]),
    [],
  ],
])("the check reports %s", (_, breakIt, opened, closed) => {
  const before = flowsOf(dev);
  const after = flowsOf(broken(dev, breakIt));
  expect(after.filter((flow) => !before.includes(flow))).toEqual(
    opened.length === 0 ? [] : expect.arrayContaining(opened),
  );
  expect(before.filter((flow) => !after.includes(flow))).toEqual(
    closed.length === 0 ? [] : expect.arrayContaining(closed),
  );
});

describe("the evaluator", () => {
  const receiver: Party = {
    name: "b",
    address: "10.0.0.2",
    namespace: "n",
    labels: { tier: "back" },
    listens: [...tcp(80, 81, 90), { protocol: "TCP", port: 443, name: "https" }, { protocol: "UDP", port: 53 }],
  };
  const sender: Party = { name: "a", address: "10.0.0.1", namespace: "n", labels: {}, listens: [] };

  function evaluate(spec: NetworkPolicySpec): string[] {
    const object = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "p", namespace: "n" },
      spec,
    };
    return allowedFlows([object], [sender, receiver]).filter((flow) => flow.startsWith("a "));
  }

  test.each<[string, NetworkPolicySpec, string[]]>([
    [
      "lets all through to a pod that nothing selects",
      { podSelector: { matchLabels: { tier: "front" } } },
      ["TCP/443", "TCP/80", "TCP/81", "TCP/90", "UDP/53"],
    ],
    ["takes policies without types for Ingress", { podSelector: {} }, []],
    [
      "knows ranges of ports",
      { podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 81 }] }] },
      ["TCP/80", "TCP/81"],
    ],
    ["knows ports by name", { podSelector: {}, ingress: [{ ports: [{ port: "https" }] }] }, ["TCP/443"]],
    ["knows protocols", { podSelector: {}, ingress: [{ ports: [{ protocol: "UDP" }] }] }, ["UDP/53"]],
    [
      "knows what a range of addresses leaves out",
      {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/31"] } }], ports: [{ port: 80 }] }],
      },
      [],
    ],
    [
      "knows what a range of addresses holds",
      { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: 80 }] }] },
      ["TCP/80"],
    ],
    [
      "knows expressions",
      {
        podSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["back"] }] },
        ingress: [],
        egress: [{ ports: [{ port: 90 }] }],
      },
      ["TCP/90"],
    ],
  ])("%s", (_, spec, ports) => {
    expect(evaluate(spec)).toEqual(ports.map((port) => `a → b ${port}`));
  });
});
