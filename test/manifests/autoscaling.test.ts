import { parseConfigFile } from "../../src/servicebus-emulator/config/configFile.ts";
import { broken, container, environment, existing, ofKind, workload, type Manifest } from "./support/manifest.ts";
import { autoscalingFindings } from "./support/autoscaling.ts";
import { OVERLAYS, render } from "./support/render.ts";

/** Whoever names the queue: the API that sends, the worker that receives, the scaler that counts, the emulator that has it. */
function queueNames(objects: readonly Manifest[]): Record<string, string | undefined> {
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

describe.each(OVERLAYS)("autoscaling of %s", (overlay) => {
  const objects = render(overlay);

  test("can work, and no two autoscalers own one workload", () => {
    expect(autoscalingFindings(objects)).toEqual([]);
  });

  test("is there for the API on its own container's CPU and memory", () => {
    const api = ofKind(objects, "HorizontalPodAutoscaler").filter(({ metadata }) => metadata.name === "api");
    expect(api.map(({ spec }) => spec.metrics.map((metric) => metric.containerResource))).toMatchObject([
      [
        { container: "api", name: "cpu" },
        { container: "api", name: "memory" },
      ],
    ]);
  });

  test("is there for the worker from zero, on the queue's length", () => {
    expect(ofKind(objects, "ScaledObject").map(({ spec }) => spec)).toMatchObject([
      { scaleTargetRef: { name: "worker" }, minReplicaCount: 0, triggers: [{ type: "azure-servicebus" }] },
    ]);
  });

  test("watches the queue that is sent to and received from", () => {
    expect(new Set(Object.values(queueNames(objects)))).toEqual(new Set(["orders"]));
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "fixed replicas under an autoscaler",
      (copy) => (workload(copy, "worker").spec.replicas = 1),
      "Deployment worker has replicas: 1 beside ScaledObject worker",
    ],
    [
      "two autoscalers of one workload",
      (copy) => (hpa(copy).spec.scaleTargetRef.name = "worker"),
      "Deployment worker has HorizontalPodAutoscaler api and ScaledObject worker",
    ],
    [
      "a target that does not exist",
      (copy) => (hpa(copy).spec.scaleTargetRef.name = "web"),
      "scales Deployment web, which does not exist",
    ],
    [
      "a metric of the whole pod",
      (copy) => (hpa(copy).spec.metrics = [{ type: "Resource" }]),
      "type Resource, which counts sidecars",
    ],
    [
      "a metric of the sidecar",
      (copy) =>
        (hpa(copy).spec.metrics = [
          { type: "ContainerResource", containerResource: { container: "validator", name: "cpu" } },
        ]),
      "looks at container validator",
    ],
    [
      "a metric without a request",
      (copy) => delete container(workload(copy, "api"), "api").resources?.requests?.cpu,
      "needs a cpu request of container api",
    ],
    ["a fixed number of replicas", (copy) => (hpa(copy).spec.maxReplicas = hpa(copy).spec.minReplicas), "has no room"],
    [
      "a key that KEDA ignores",
      (copy) => Object.assign(trigger(copy).metadata, { queueLength: "5" }),
      "KEDA ignores queueLength",
    ],
    [
      "an HPA that says one direction only",
      (copy) => delete hpa(copy).spec.behavior?.scaleUp,
      "HorizontalPodAutoscaler api leaves a direction to defaults",
    ],
    [
      "a ScaledObject that says one direction only",
      (copy) => delete scaledObject(copy).spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown,
      "ScaledObject worker leaves a direction to defaults",
    ],
    ["no cooldown", (copy) => delete scaledObject(copy).spec.cooldownPeriod, "leaves its windows to defaults"],
    ["no fallback", (copy) => delete scaledObject(copy).spec.fallback, "would take busy workers away"],
    [
      "a fallback to nothing, which KEDA takes as leave to scale to 0",
      (copy) => (scaledObject(copy).spec.fallback = { failureThreshold: 3, replicas: 0 }),
      "would take busy workers away",
    ],
    [
      "a cache that nobody decided on",
      (copy) => delete trigger(copy).useCachedMetrics,
      "does not say useCachedMetrics and activationMessageCount",
    ],
    [
      "an authentication that does not exist",
      (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
      "TriggerAuthentication azure does not exist",
    ],
  ])("is objected to: %s", (_, breakIt, finding) => {
    expect(autoscalingFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });

  test("is objected to: a scaler on another queue", () => {
    const copy = broken(objects, (them) => (trigger(them).metadata.queueName = "invoices"));
    expect(queueNames(copy)).toMatchObject({ worker: "orders", scaler: "invoices" });
  });
});

function hpa(objects: readonly Manifest[]): ReturnType<typeof ofKind<"HorizontalPodAutoscaler">>[number] {
  return existing(ofKind(objects, "HorizontalPodAutoscaler")[0], "HorizontalPodAutoscaler");
}

function trigger(
  objects: readonly Manifest[],
): ReturnType<typeof ofKind<"ScaledObject">>[number]["spec"]["triggers"][number] {
  return existing(scaledObject(objects).spec.triggers[0], "trigger");
}

function scaledObject(objects: readonly Manifest[]): ReturnType<typeof ofKind<"ScaledObject">>[number] {
  return existing(ofKind(objects, "ScaledObject")[0], "ScaledObject");
}
