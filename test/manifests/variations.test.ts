import { renderedFindings } from "../../scripts/diagnosis/rendered.ts";
import { broken, container, existing, ofKind, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "../support/render.ts";

const dev = render("kustomize/overlays/dev");

type Change = (copy: Manifest[]) => unknown;

const scaledObject = (copy: readonly Manifest[]) => existing(ofKind(copy, "ScaledObject")[0], "ScaledObject").spec;
const trigger = (copy: readonly Manifest[]) => existing(scaledObject(copy).triggers[0], "trigger");
const metrics = (copy: readonly Manifest[]) =>
  existing(ofKind(copy, "HorizontalPodAutoscaler")[0], "HorizontalPodAutoscaler").spec.metrics;
const resources = (copy: readonly Manifest[], name: string, given: object) =>
  Object.assign(container(workload(copy, name), name), { resources: given });

function limitRange(type: string): Manifest {
  const limits = [{ type, defaultRequest: { cpu: "100m", memory: "128Mi" } }];
  return { apiVersion: "v1", kind: "LimitRange", metadata: { name: "requests" }, spec: { limits } };
}

function addTrigger(copy: Manifest[], given: object): void {
  scaledObject(copy).triggers.push({ type: "cpu", metadata: { value: "10" }, ...given });
}

function without(copy: Manifest[], name: string, kinds: readonly string[]): void {
  const kept = copy.filter(({ kind, metadata }) => metadata.name !== name || !kinds.includes(kind));
  copy.splice(0, copy.length, ...kept);
}

function averageValue(copy: readonly Manifest[], ofContainer: string): void {
  const target = { type: "AverageValue", averageValue: "500m" };
  const containerResource = { container: ofContainer, name: "cpu", target };
  metrics(copy).splice(0, 1, { type: "ContainerResource", containerResource });
}

/** A sound variation with the warnings that it has, and beside it a broken one with its error. */
const VARIATIONS: [string, Change, string[], string, Change, string[]][] = [
  [
    "an API with limits only",
    (copy) => resources(copy, "api", { limits: { cpu: "1", memory: "512Mi" } }),
    [],
    "an API with neither",
    (copy) => resources(copy, "api", {}),
    ["ERROR cpu-request-missing", "ERROR memory-request-missing"],
  ],
  [
    "requests from a LimitRange",
    (copy) => {
      copy.push(limitRange("Container"));
      resources(copy, "api", {});
    },
    [],
    "a LimitRange for whole pods, which gives containers none",
    (copy) => {
      copy.push(limitRange("Pod"));
      resources(copy, "api", {});
    },
    ["ERROR cpu-request-missing", "ERROR memory-request-missing"],
  ],
  [
    "a pattern that matches the queue",
    (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord.*", useRegex: "true" }),
    [],
    "a pattern that matches a part of its name, which is not enough for KEDA",
    (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord", useRegex: "true" }),
    ["ERROR scaled-object-polls-other-queue"],
  ],
  [
    "idleReplicaCount 0 below minReplicaCount 2",
    (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 2 }),
    [],
    "idleReplicaCount that is not below minReplicaCount",
    (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 0 }),
    ["ERROR replica-bounds-invalid"],
  ],
  [
    "minReplicaCount 1",
    (copy) => (scaledObject(copy).minReplicaCount = 1),
    ["WARN min-replicas-above-idle"],
    "minReplicaCount above maxReplicaCount",
    (copy) => (scaledObject(copy).minReplicaCount = 9),
    ["ERROR replica-bounds-invalid"],
  ],
  [
    "a second trigger on CPU",
    (copy) => {
      addTrigger(copy, {});
    },
    ["WARN scaled-object-follows-other-trigger"],
    "a second trigger on a request that is not there",
    (copy) => {
      addTrigger(copy, {});
      resources(copy, "worker", {});
    },
    ["ERROR cpu-request-missing", "WARN scaled-object-follows-other-trigger"],
  ],
  [
    "an HPA with averageValue, for which no request is needed",
    (copy) => {
      averageValue(copy, "api");
      resources(copy, "api", { requests: { memory: "384Mi" } });
    },
    [],
    "averageValue of a container that is not there",
    (copy) => {
      averageValue(copy, "app");
    },
    ["ERROR hpa-container-unknown"],
  ],
  [
    "no Prometheus",
    (copy) => {
      without(copy, "prometheus", ["Deployment", "StatefulSet", "Service"]);
    },
    [],
    "a Service of a Prometheus that is not there",
    (copy) => {
      without(copy, "prometheus", ["Deployment", "StatefulSet"]);
    },
    ["ERROR service-selects-nothing"],
  ],
  [
    "another namespace",
    (copy) => {
      for (const { metadata } of copy) Object.assign(metadata, { namespace: "shop" });
    },
    [],
    "a Service whose targetPort has another name",
    (copy) =>
      (existing(
        ofKind(copy, "Service").find(({ metadata }) => metadata.name === "api"),
        "Service api",
      ).spec.ports = [{ name: "http", port: 80, targetPort: "web" }]),
    ["ERROR service-port-unknown"],
  ],
  [
    "an authentication of the whole cluster, which only the cluster can have",
    (copy) =>
      Object.assign(trigger(copy), { authenticationRef: { kind: "ClusterTriggerAuthentication", name: "azure" } }),
    [],
    "an authentication that is not there",
    (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
    ["ERROR authentication-missing"],
  ],
];

function found(change: Change): string[] {
  return renderedFindings(broken(dev, change)).map(({ severity, id }) => `${severity} ${id}`);
}

describe.each(VARIATIONS)("%s", (_, sound, warnings, twin, breakIt, errors) => {
  test("has no error", () => {
    expect(found(sound)).toEqual(warnings);
  });

  test(`and its broken twin has: ${twin}`, () => {
    expect(found(breakIt)).toEqual(errors);
  });
});

/** Faults that are seen in what is rendered, each with the ids of its findings. */
test.each<[string, Change, string[]]>([
  [
    "scaleUp disabled",
    (copy) => Object.assign(behavior(copy), { scaleUp: { selectPolicy: "Disabled" } }),
    ["WARN scale-up-disabled"],
  ],
  [
    "an hour's window for scaling up",
    (copy) => Object.assign(behavior(copy), { scaleUp: { stabilizationWindowSeconds: 3600 } }),
    ["WARN scale-up-window-too-long"],
  ],
  [
    "metricType Value",
    (copy) => Object.assign(trigger(copy), { metricType: "Value" }),
    ["WARN trigger-metric-type-value"],
  ],
  [
    "WORKER_CONCURRENCY 1 with messageCount 1000",
    (copy) => {
      configure(copy, { WORKER_CONCURRENCY: "1" });
      Object.assign(trigger(copy).metadata, { messageCount: "1000" });
    },
    ["WARN messages-per-replica-too-slow"],
  ],
  [
    "work that is longer than a drain",
    (copy) => {
      configure(copy, { FULFILMENT_LATENCY_MS: "40000" });
    },
    ["WARN messages-per-replica-too-slow", "WARN work-exceeds-drain-limit"],
  ],
  ["an HPA without CPU", (copy) => metrics(copy).shift(), ["WARN hpa-without-cpu-metric", "WARN api-on-other-metrics"]],
  [
    "a Service with another workload's labels, and another port",
    (copy) => {
      const { spec } = existing(
        ofKind(copy, "Service").find(({ metadata }) => metadata.name === "api"),
        "Service api",
      );
      spec.selector.service = "worker";
      spec.ports = [{ name: "http", port: 80, targetPort: 8080 }];
    },
    ["WARN service-port-not-declared"],
  ],
  [
    "a Service of a DaemonSet's pods",
    (copy) => {
      const template = { metadata: { labels: { service: "agent" } } };
      copy.push({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent" }, spec: { template } });
      const selector = { service: "agent" };
      copy.push({ apiVersion: "v1", kind: "Service", metadata: { name: "agent" }, spec: { selector, ports: [] } });
    },
    [],
  ],
  [
    "a Service of two workloads of which one has its port",
    (copy) => {
      for (const name of ["api", "worker"]) {
        Object.assign(workload(copy, name).spec.template.metadata.labels ?? {}, { both: "yes" });
      }
      const ports = [{ name: "http", port: 80, targetPort: "http" }];
      copy.push({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "both" },
        spec: { selector: { both: "yes" }, ports },
      });
    },
    [],
  ],
  [
    "a fallback to fewer replicas than may be at work",
    (copy) => (scaledObject(copy).fallback = { failureThreshold: 3, replicas: 2 }),
    ["WARN fallback-removes-workers"],
  ],
  ["a fallback to all replicas", (copy) => (scaledObject(copy).fallback = { failureThreshold: 3, replicas: 8 }), []],
  [
    "a key that KEDA ignores",
    (copy) => Object.assign(trigger(copy).metadata, { queueLength: "5" }),
    ["WARN trigger-keys-ignored"],
  ],
  ["a VPA beside the HPA", (copy) => copy.push(vertical({})), ["WARN vpa-competes"]],
  ["a VPA that only recommends", (copy) => copy.push(vertical({ updatePolicy: { updateMode: "Off" } })), []],
  [
    "a VPA of other resources",
    (copy) => copy.push(vertical({ resourcePolicy: { containerPolicies: [{ containerName: "api", mode: "Off" }] } })),
    [],
  ],
])("%s", (_, change, ids) => {
  expect(found(change).sort()).toEqual([...ids].sort());
});

function behavior(copy: readonly Manifest[]): object {
  return existing(scaledObject(copy).advanced?.horizontalPodAutoscalerConfig?.behavior, "behavior");
}

function configure(copy: readonly Manifest[], data: Record<string, string>): void {
  const map = copy.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("worker-"));
  Object.assign(existing(map?.data, "ConfigMap of the worker"), data);
}

function vertical(spec: object): Manifest {
  return {
    ...{ apiVersion: "autoscaling.k8s.io/v1", kind: "VerticalPodAutoscaler", metadata: { name: "api" } },
    spec: { targetRef: { kind: "Deployment", name: "api" }, ...spec },
  };
}
