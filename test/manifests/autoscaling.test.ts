import { broken, container, existing, ofKind, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { autoscalingFindings } from "../../scripts/manifests/autoscaling.ts";
import { OVERLAYS, render } from "../support/render.ts";
import { textsOf } from "../../scripts/manifests/manifestFinding.ts";
import { queueNames, signalFindings } from "../../scripts/manifests/signals.ts";

describe.each(OVERLAYS)("autoscaling of %s", (overlay) => {
  const objects = render(overlay);

  test("can scale, and no two autoscalers own one workload", () => {
    expect(autoscalingFindings(objects)).toEqual([]);
  });

  test("scales the API on its own CPU and memory, and the worker, from zero, on the queue's length", () => {
    expect(signalFindings(objects)).toEqual([]);
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
      "targets container validator",
    ],
    [
      "a metric without a request",
      (copy) => delete container(workload(copy, "api"), "api").resources?.requests?.cpu,
      "needs a cpu request of container api",
    ],
    ["one worker at the most", (copy) => (scaledObject(copy).spec.maxReplicaCount = 1), "maxReplicaCount is 1"],
    ["a fixed number of replicas", (copy) => (hpa(copy).spec.maxReplicas = hpa(copy).spec.minReplicas), "never scales"],
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
      "a ScaledObject with behavior in one direction only",
      (copy) => delete scaledObject(copy).spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown,
      "ScaledObject worker leaves a direction to defaults",
    ],
    ["no cooldown", (copy) => delete scaledObject(copy).spec.cooldownPeriod, "leaves its windows to defaults"],
    ["no fallback", (copy) => delete scaledObject(copy).spec.fallback, "removes busy workers"],
    [
      "a fallback to 0, by which KEDA scales to 0",
      (copy) => (scaledObject(copy).spec.fallback = { failureThreshold: 3, replicas: 0 }),
      "removes busy workers",
    ],
    [
      "an undeclared useCachedMetrics",
      (copy) => delete trigger(copy).useCachedMetrics,
      "does not say useCachedMetrics and activationMessageCount",
    ],
    [
      "an authentication that does not exist",
      (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
      "TriggerAuthentication azure does not exist",
    ],
  ])("is rejected with %s", (_, breakIt, finding) => {
    expect(textsOf(autoscalingFindings(broken(objects, breakIt))).join("\n")).toContain(finding);
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "a scaler on another queue",
      (copy) => (trigger(copy).metadata.queueName = "invoices"),
      "ScaledObject worker watches queue invoices, and Deployment worker receives from orders",
    ],
    [
      "an API that sends to another queue",
      (copy) => {
        for (const map of copy.filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("api")))
          Object.assign(map.data ?? {}, { SERVICEBUS_QUEUE: "invoices" });
      },
      "Deployment api sends to queue invoices, and Deployment worker receives from orders",
    ],
    [
      "an API without memory in its signal",
      (copy) => hpa(copy).spec.metrics.pop(),
      "HorizontalPodAutoscaler api targets api/cpu, want api/cpu, api/memory",
    ],
    [
      "a worker that is never gone",
      (copy) => (scaledObject(copy).spec.minReplicaCount = 1),
      "ScaledObject worker keeps 1 replica without work (minReplicaCount)",
    ],
    [
      "a worker on CPU",
      (copy) => {
        copy.splice(copy.indexOf(scaledObject(copy)), 1);
        hpa(copy).spec.scaleTargetRef.name = "worker";
      },
      "Deployment worker is scaled by HorizontalPodAutoscaler api on cpu, memory and not by the queue's length",
    ],
  ])("is reported to scale on another signal with %s", (_, breakIt, finding) => {
    expect(textsOf(signalFindings(broken(objects, breakIt))).join("\n")).toContain(finding);
  });

  test("names the same queue everywhere", () => {
    expect(new Set(Object.values(queueNames(objects)))).toEqual(new Set(["orders"]));
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
