import { finding, type ManifestFinding } from "./manifestFinding.ts";
import { parseConfigFile } from "../../src/servicebus-emulator/config/configFile.ts";
import { container, environment, existing, ofKind, workload, type Manifest } from "./manifest.ts";

const API_SIGNAL = ["api/cpu", "api/memory"];
/** The only key with Manage rights, which reading a queue's length takes. */
const MANAGING_SECRET = "servicebus-keda";

/** The queue that each part names: the API that sends, the worker that receives, the scaler that counts, the emulator that has it. */
export function queueNames(objects: readonly Manifest[]): Record<string, string | undefined> {
  const variable = (name: string, key: string): string | undefined =>
    environment(objects, container(workload(objects, name), name))[key];
  const names: Record<string, string | undefined> = {
    api: variable("api", "SERVICEBUS_QUEUE"),
    worker: variable("worker", "SERVICEBUS_QUEUE"),
    scaler: ofKind(objects, "ScaledObject")[0]?.spec.triggers[0]?.metadata.queueName,
  };
  const emulator = objects.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("servicebus-emulator"),
  );
  if (emulator !== undefined) {
    const { queues } = parseConfigFile(existing(emulator.data?.["Config.json"], "Config.json of the emulator"));
    names.emulator = queues.map(({ name }) => name).join();
  }
  return names;
}

/**
 * Where API or worker follows another signal than its own: the API its own container's CPU and memory, the worker the length of the queue that it receives
 * from, and down to none. A component may mean that, such as worker-on-cpu; an overlay does not.
 */
export function signalFindings(objects: readonly Manifest[]): ManifestFinding[] {
  return [...apiFindings(objects), ...workerFindings(objects), ...queueFindings(objects), ...keyFindings(objects)];
}

function apiFindings(objects: readonly Manifest[]): ManifestFinding[] {
  const found = ofKind(objects, "HorizontalPodAutoscaler").find(({ spec }) => spec.scaleTargetRef.name === "api");
  if (found === undefined) return [finding("api-not-autoscaled", "Deployment api has no HorizontalPodAutoscaler")];
  const metrics = found.spec.metrics
    .map(({ type, containerResource: one }) => (one === undefined ? type : `${one.container}/${one.name}`))
    .sort()
    .join(", ");
  const expected = API_SIGNAL.join(", ");
  return metrics === expected
    ? []
    : [finding("api-on-other-metrics", `HorizontalPodAutoscaler api targets ${metrics}, want ${expected}`)];
}

function workerFindings(objects: readonly Manifest[]): ManifestFinding[] {
  const scaled = ofKind(objects, "ScaledObject").find(({ spec }) => spec.scaleTargetRef.name === "worker");
  if (scaled === undefined) {
    const horizontal = ofKind(objects, "HorizontalPodAutoscaler").find(
      ({ spec }) => spec.scaleTargetRef.name === "worker",
    );
    if (horizontal === undefined) return [finding("worker-not-autoscaled", "Deployment worker has no ScaledObject")];
    const metrics = horizontal.spec.metrics.map(({ type, containerResource }) => containerResource?.name ?? type);
    return [
      finding(
        "worker-not-on-queue-length",
        `Deployment worker is scaled by HorizontalPodAutoscaler ${horizontal.metadata.name} on ${metrics.join(", ")} and not by the queue's length; want a ScaledObject`,
      ),
    ];
  }
  const { minReplicaCount, triggers } = scaled.spec;
  const types = triggers.map(({ type }) => type).join(", ");
  return [
    ...(minReplicaCount === 0
      ? []
      : [
          finding(
            "min-replicas-above-idle",
            `ScaledObject worker keeps ${minReplicaCount} replica without work (minReplicaCount), want 0`,
          ),
        ]),
    ...(types === "azure-servicebus"
      ? []
      : [finding("trigger-not-service-bus", `ScaledObject worker has triggers ${types}, want azure-servicebus`)]),
  ];
}

function queueFindings(objects: readonly Manifest[]): ManifestFinding[] {
  const { api, worker, scaler, emulator } = queueNames(objects);
  const from = `and Deployment worker receives from ${worker ?? "none"}`;
  return [
    ...(api === worker
      ? []
      : [finding("api-sends-to-other-queue", `Deployment api sends to queue ${api ?? "none"}, ${from}`)]),
    ...(scaler === worker || scaler === undefined
      ? []
      : [finding("scaled-object-polls-other-queue", `ScaledObject worker watches queue ${scaler}, ${from}`)]),
    ...(emulator === worker || emulator === undefined
      ? []
      : [finding("emulator-has-other-queue", `the emulator has queue ${emulator}, ${from}`)]),
  ];
}

function keyFindings(objects: readonly Manifest[]): ManifestFinding[] {
  return ofKind(objects, "TriggerAuthentication").flatMap(({ metadata, spec }) =>
    (spec.secretTargetRef ?? [])
      .filter(({ name }) => name !== MANAGING_SECRET)
      .map(({ name }) =>
        finding(
          "scaler-key-without-manage",
          `TriggerAuthentication ${metadata.name} asks with Secret ${name}, whose key has no Manage right, so that KEDA cannot read the queue's length; want ${MANAGING_SECRET}`,
        ),
      ),
  );
}
