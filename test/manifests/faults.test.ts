import { existing, ofKind, workload } from "../../scripts/manifests/manifest.ts";
import {
  type Change,
  scaledObject,
  trigger,
  hpa,
  metrics,
  found,
  behavior,
  configure,
  vertical,
} from "./support/changes.ts";

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
  [
    "an HPA of nothing",
    (copy) => (hpa(copy).spec.scaleTargetRef.name = "web"),
    ["ERROR scale-target-missing", "WARN api-not-autoscaled"],
  ],
  [
    "a ScaledObject of nothing",
    (copy) => (scaledObject(copy).scaleTargetRef.name = "web"),
    ["ERROR scale-target-missing", "WARN worker-not-autoscaled"],
  ],
  [
    "an HPA of the name that KEDA's would have",
    (copy) => (hpa(copy).metadata.name = "worker"),
    ["ERROR hpa-name-taken"],
  ],
  [
    "a ScaledObject on another queue that never has a second replica",
    (copy) => {
      const metadata = { listName: "orders", activationMessageCount: "0" };
      Object.assign(trigger(copy), { type: "redis", metadata });
      scaledObject(copy).maxReplicaCount = 1;
    },
    ["WARN scaled-object-cannot-scale"],
  ],
  [
    "an HPA of KEDA that keeps KEDA's name",
    (copy) => delete scaledObject(copy).advanced?.horizontalPodAutoscalerConfig?.name,
    ["WARN hpa-name-differs"],
  ],
  [
    "an emulator without the queue",
    (copy) => {
      const map = copy.find(({ data }) => data?.["Config.json"] !== undefined);
      const data = existing(map?.data, "Config.json");
      data["Config.json"] = existing(data["Config.json"], "Config.json").replace('"orders"', '"bills"');
    },
    ["ERROR emulator-has-other-queue"],
  ],
  [
    "a key that may only listen",
    (copy) =>
      (existing(ofKind(copy, "TriggerAuthentication")[0]?.spec.secretTargetRef?.[0], "Secret").name =
        "servicebus-worker"),
    ["ERROR scaler-key-without-manage"],
  ],
  [
    "a grace period that ends with the drain's limit",
    (copy) => (workload(copy, "worker").spec.template.spec.terminationGracePeriodSeconds = 25),
    ["WARN grace-period-within-drain-limit"],
  ],
  [
    "a number where a trigger's metadata has text",
    (copy) => Object.assign(trigger(copy).metadata, { messageCount: 50 }),
    ["ERROR object-malformed", "WARN worker-not-autoscaled"],
  ],
  [
    "an HPA without a target",
    (copy) => Object.assign(hpa(copy).spec, { scaleTargetRef: undefined }),
    ["ERROR object-malformed", "WARN api-not-autoscaled"],
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
