import { readApiEnvironment } from "../../src/api/environment.ts";
import { readValidatorEnvironment } from "../../src/validator/environment.ts";
import { readWorkerEnvironment } from "../../src/worker/environment.ts";
import {
  broken,
  container,
  environment,
  existing,
  ofKind,
  workload,
  workloads,
  type Manifest,
} from "../../scripts/manifests/manifest.ts";
import { renderedFindings } from "../../scripts/diagnosis/rendered.ts";
import { DEFAULT_CONCURRENCY, DEFAULT_LATENCY_MS } from "../../scripts/diagnosis/rules/capacity.ts";
import { formatFinding } from "../../scripts/diagnosis/texts.ts";
import { OVERLAYS, render } from "../support/render.ts";
import { probeFindings } from "./support/probes.ts";

/** Stands for what a Secret holds, by the Secret's key. */
const IN_SECRETS: Record<string, string> = {
  connection: "Endpoint=sb://bus.example;SharedAccessKeyName=name;SharedAccessKey=key",
  url: "rediss://:key%3D@redis.example:10000",
};

/** Why the validator is no native sidecar of the API; empty when it is one. */
function sidecarFindings(objects: readonly Manifest[]): string[] {
  const { initContainers = [], containers: main } = workload(objects, "api").spec.template.spec;
  const sidecar = initContainers.find(({ name }) => name === "validator");
  if (sidecar === undefined) return ["validator is not among the init containers"];
  return [
    ...(sidecar.restartPolicy === "Always" ? [] : ["validator would have to end before the api starts"]),
    ...(["cpu", "memory"] as const)
      .filter((resource) => sidecar.resources?.requests?.[resource] === undefined)
      .map((resource) => `validator has no ${resource} request of its own`),
    ...(main.map(({ name }) => name).join() === "api" ? [] : ["the api's pod has more containers than api"]),
  ];
}

/** The environment as the process gets it, with something in place of what Secrets hold. */
function processEnvironment(objects: readonly Manifest[], owner: string, name: string): Record<string, string> {
  const given = environment(objects, container(workload(objects, owner), name));
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      value.startsWith("secret ") ? existing(IN_SECRETS[value.replace(/.*\//, "")], value) : value,
    ]),
  );
}

const SERVICES = [
  ["api", "api", readApiEnvironment],
  ["api", "validator", readValidatorEnvironment],
  ["worker", "worker", readWorkerEnvironment],
] as const;

describe.each(OVERLAYS)("pods of %s", (overlay) => {
  const objects = render(overlay);

  test("have a termination grace period longer than their drain", () => {
    expect(renderedFindings(objects).map(formatFinding)).toEqual([]);
  });

  test("have startup, readiness and liveness probes with generous timeouts, on declared ports", () => {
    expect(probeFindings(objects)).toEqual([]);
  });

  test("of the API have the validator as a native sidecar", () => {
    expect(sidecarFindings(objects)).toEqual([]);
  });

  test("are rolled out without going below the desired replicas", () => {
    for (const { spec } of ofKind(objects, "Deployment")) {
      expect(spec.strategy?.rollingUpdate?.maxUnavailable).toBe(0);
    }
  });

  test("can be evicted even as the only replica", () => {
    const budgets = ofKind(objects, "PodDisruptionBudget");
    for (const { spec } of budgets) expect([spec.maxUnavailable, spec.minAvailable]).toEqual([1, undefined]);
    // What only looks on may go at any time.
    const looksOn = ["prometheus", "kube-state-metrics", "grafana"];
    expect(budgets.map(({ metadata }) => metadata.name).sort()).toEqual(
      workloads(objects)
        .map(({ metadata }) => metadata.name)
        .filter((name) => !looksOn.includes(name))
        .sort(),
    );
  });

  test("under an autoscaler are spread over zones and nodes", () => {
    for (const name of ["api", "worker"]) {
      const { topologySpreadConstraints = [] } = workload(objects, name).spec.template.spec;
      expect(topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toEqual([
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
      ]);
    }
  });

  test.each(SERVICES)("of %s give container %s a valid environment without unknown variables", (...service) => {
    const [owner, name, read] = service;
    const given = processEnvironment(objects, owner, name);
    const known = Object.keys(read(given));
    expect(Object.keys(given).filter((key) => !known.includes(key) && key !== "NODE_OPTIONS")).toEqual([]);
  });

  test.each(SERVICES)("of %s have container %s listen on the ports that it declares", (...service) => {
    const [owner, name, read] = service;
    const { METRICS_PORT } = read(processEnvironment(objects, owner, name));
    const ports = container(workload(objects, owner), name).ports ?? [];
    expect(ports.find((port) => port.name?.endsWith("metrics"))?.containerPort).toBe(METRICS_PORT);
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "too short a grace period",
      (copy) => (workload(copy, "api").spec.template.spec.terminationGracePeriodSeconds = 10),
      "Deployment api is given 10 s to stop, its drain can take 15 s",
    ],
    [
      "a grace period that the drain's own limit outlasts",
      (copy) => (workload(copy, "worker").spec.template.spec.terminationGracePeriodSeconds = 25),
      "Deployment worker is killed after 25 s",
    ],
    [
      "a drain that has grown",
      (copy) => {
        const map = copy.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("worker-"));
        const data = existing(map?.data, "data of ConfigMap worker");
        Object.assign(data, { FULFILMENT_LATENCY_MS: "90000", METRICS_LAST_SCRAPE_WAIT_MS: "5000" });
      },
      "Deployment worker is given 60 s to stop, its drain can take 105 s",
    ],
  ])("are rejected with %s", (_, breakIt, finding) => {
    expect(renderedFindings(broken(objects, breakIt)).map(formatFinding).join("\n")).toContain(finding);
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    ["no startup probe", (copy) => delete api(copy).startupProbe, "startupProbe is missing"],
    ["an impatient probe", (copy) => delete api(copy).livenessProbe?.timeoutSeconds, "livenessProbe waits 1 s only"],
    [
      "a probe that asks elsewhere",
      (copy) => Object.assign(api(copy).readinessProbe?.httpGet ?? {}, { port: "sidecar-metrics" }),
      "readinessProbe asks port sidecar-metrics",
    ],
  ])("are rejected with %s", (_, breakIt, finding) => {
    expect(probeFindings(broken(objects, breakIt)).join("\n")).toContain(`container api: ${finding}`);
  });

  test.each<[string, (copy: Manifest[]) => void, string[]]>([
    [
      "a validator that only runs first",
      (copy) => delete container(workload(copy, "api"), "validator").restartPolicy,
      ["validator would have to end before the api starts"],
    ],
    [
      "a validator without requests",
      (copy) => delete container(workload(copy, "api"), "validator").resources,
      ["validator has no cpu request of its own", "validator has no memory request of its own"],
    ],
    [
      "a validator as an ordinary container",
      (copy) => {
        const pod = workload(copy, "api").spec.template.spec;
        pod.containers.push(...(pod.initContainers ?? []));
        delete pod.initContainers;
      },
      ["validator is not among the init containers"],
    ],
  ])("are rejected with %s", (_, breakIt, findings) => {
    expect(sidecarFindings(broken(objects, breakIt))).toEqual(findings);
  });
});

function api(objects: readonly Manifest[]): ReturnType<typeof container> {
  return container(workload(objects, "api"), "api");
}

test("the doctor reckons with the worker's own defaults where a manifest names none", () => {
  const worker = readWorkerEnvironment({
    ...{ SERVICEBUS_CONNECTION_STRING: IN_SECRETS.connection, SERVICEBUS_QUEUE: "orders" },
    REDIS_URL: "redis://cache:6379",
  });
  expect([DEFAULT_CONCURRENCY, DEFAULT_LATENCY_MS]).toEqual([worker.WORKER_CONCURRENCY, worker.FULFILMENT_LATENCY_MS]);
});
