import { broken, container, existing, ofKind, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { renderedFindings } from "../../scripts/diagnosis/rendered.ts";
import { formatFinding } from "../../scripts/diagnosis/texts.ts";
import { OVERLAYS, render } from "../support/render.ts";

const UTILIZATION = { target: { type: "Utilization", averageUtilization: 60 } };
const RESOURCE_METRIC = { type: "Resource", resource: { name: "cpu", ...UTILIZATION } };

describe.each(OVERLAYS)("autoscaling of %s", (overlay) => {
  const objects = render(overlay);

  test("can scale, each on its own signal, and no two autoscalers own one workload", () => {
    expect(renderedFindings(objects).map(formatFinding)).toEqual([]);
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "fixed replicas under an autoscaler",
      (copy) => (workload(copy, "worker").spec.replicas = 1),
      "Deployment worker sets spec.replicas: 1, which ScaledObject worker manages",
    ],
    [
      "two autoscalers of one workload",
      (copy) => (hpa(copy).spec.scaleTargetRef.name = "worker"),
      "Deployment worker has 2 autoscalers: ScaledObject worker, HorizontalPodAutoscaler api",
    ],
    [
      "a target that does not exist",
      (copy) => (hpa(copy).spec.scaleTargetRef.name = "web"),
      "scales Deployment web, which does not exist",
    ],
    [
      "a metric of the whole pod",
      (copy) => (hpa(copy).spec.metrics = [RESOURCE_METRIC]),
      "has a metric of type Resource, the cpu of all containers of Deployment api together (validator, api)",
    ],
    [
      "a metric of the sidecar",
      (copy) =>
        (hpa(copy).spec.metrics = [
          { type: "ContainerResource", containerResource: { container: "validator", name: "cpu", ...UTILIZATION } },
        ]),
      "targets container validator",
    ],
    [
      "a metric without a request",
      (copy) => delete container(workload(copy, "api"), "api").resources?.requests?.cpu,
      "share of the cpu that container api of Deployment api requests, and it requests none",
    ],
    [
      "one worker at the most",
      (copy) => (scaledObject(copy).spec.maxReplicaCount = 1),
      "allows at most 1 replica (maxReplicaCount)",
    ],
    ["a fixed number of replicas", (copy) => (hpa(copy).spec.maxReplicas = hpa(copy).spec.minReplicas), "never scales"],
    [
      "a key that KEDA ignores",
      (copy) => Object.assign(trigger(copy).metadata, { queueLength: "5" }),
      "KEDA ignores queueLength",
    ],
    [
      "an HPA that says one direction only",
      (copy) => delete hpa(copy).spec.behavior?.scaleUp,
      "HorizontalPodAutoscaler api leaves scaleUp to Kubernetes' defaults",
    ],
    [
      "a ScaledObject with behavior in one direction only",
      (copy) => delete scaledObject(copy).spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown,
      "ScaledObject worker leaves scaleDown to Kubernetes' defaults",
    ],
    [
      "no cooldown",
      (copy) => delete scaledObject(copy).spec.cooldownPeriod,
      "leaves cooldownPeriod to KEDA's defaults",
    ],
    ["no fallback", (copy) => delete scaledObject(copy).spec.fallback, "has no fallback"],
    [
      "a fallback to 0, by which KEDA scales to 0",
      (copy) => (scaledObject(copy).spec.fallback = { failureThreshold: 3, replicas: 0 }),
      "so removes busy ones",
    ],
    [
      "an undeclared activationMessageCount",
      (copy) => delete trigger(copy).metadata.activationMessageCount,
      "does not say activationMessageCount of its trigger",
    ],
    [
      "an authentication that does not exist",
      (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
      "names TriggerAuthentication azure, which does not exist",
    ],
  ])("is rejected with %s", (_, breakIt, finding) => {
    expect(textsAbout(broken(objects, breakIt))).toContain(finding);
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
      "ScaledObject worker keeps 1 replica while its queue is empty (minReplicaCount)",
    ],
    [
      "a worker on CPU",
      (copy) => {
        copy.splice(copy.indexOf(scaledObject(copy)), 1);
        hpa(copy).spec.scaleTargetRef.name = "worker";
      },
      "Deployment worker is scaled by HorizontalPodAutoscaler api on api/cpu, api/memory and not by the queue's length",
    ],
  ])("is reported to scale on another signal with %s", (_, breakIt, finding) => {
    expect(textsAbout(broken(objects, breakIt))).toContain(finding);
  });
});

function textsAbout(objects: readonly Manifest[]): string {
  return renderedFindings(objects).map(formatFinding).join("\n");
}

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
