import { parseConfigFile } from "../../src/servicebus-emulator/config/configFile.ts";
import {
  broken,
  container,
  environment,
  existing,
  ofKind,
  title,
  workload,
  workloads,
  type Manifest,
} from "./support/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

/** What the scaler reads; it ignores every other key silently, like the dead `queueLength`. */
const SERVICEBUS_TRIGGER_KEYS = ["queueName", "messageCount", "activationMessageCount", "namespace"];

/** Why the autoscalers could not do their work, or would fight over it; empty when nothing stands in the way. */
function autoscalingFindings(objects: readonly Manifest[]): string[] {
  const horizontal = ofKind(objects, "HorizontalPodAutoscaler");
  const scaled = ofKind(objects, "ScaledObject");
  const findings: string[] = [];

  const scalersOf = new Map<string, string[]>();
  for (const scaler of [...horizontal, ...scaled]) {
    const { kind, name } = scaler.spec.scaleTargetRef;
    const target = workloads(objects).find((object) => object.kind === kind && object.metadata.name === name);
    if (target === undefined) {
      findings.push(`${title(scaler)} scales ${kind} ${name}, which does not exist`);
      continue;
    }
    scalersOf.set(title(target), [...(scalersOf.get(title(target)) ?? []), title(scaler)]);
    if (target.spec.replicas !== undefined) {
      findings.push(`${title(target)} has replicas: ${target.spec.replicas} beside ${title(scaler)}, want none`);
    }
  }
  for (const [target, scalers] of scalersOf) {
    if (scalers.length > 1) findings.push(`${target} has ${scalers.join(" and ")}, want one autoscaler`);
  }

  for (const scaler of horizontal) {
    for (const { type, containerResource } of scaler.spec.metrics) {
      if (containerResource === undefined) {
        findings.push(`${title(scaler)} has a metric of type ${type}, which counts sidecars; want ContainerResource`);
        continue;
      }
      const pod = workloads(objects).find(({ metadata }) => metadata.name === scaler.spec.scaleTargetRef.name)?.spec
        .template.spec;
      const one = pod?.containers.find(({ name }) => name === containerResource.container);
      if (one === undefined) {
        findings.push(
          `${title(scaler)} looks at container ${containerResource.container}, which the pod does not have`,
        );
      } else if (one.resources?.requests?.[containerResource.name] === undefined) {
        findings.push(`${title(scaler)} needs a ${containerResource.name} request of container ${one.name}`);
      }
    }
    if (scaler.spec.minReplicas >= scaler.spec.maxReplicas) {
      findings.push(`${title(scaler)} has no room: ${scaler.spec.minReplicas} to ${scaler.spec.maxReplicas}`);
    }
  }

  const authentications = ofKind(objects, "TriggerAuthentication").map(({ metadata }) => metadata.name);
  for (const scaler of scaled) {
    const hpa = scaler.spec.advanced?.horizontalPodAutoscalerConfig?.name;
    if (hpa !== scaler.metadata.name) {
      findings.push(`${title(scaler)} makes an HPA named ${hpa ?? "by KEDA"}, want ${scaler.metadata.name}`);
    }
    if (horizontal.some(({ metadata }) => metadata.name === hpa)) {
      findings.push(`${title(scaler)} makes an HPA of a name that is taken, ${hpa ?? ""}`);
    }
    for (const { type, metadata, authenticationRef } of scaler.spec.triggers) {
      const unknown = Object.keys(metadata).filter((key) => !SERVICEBUS_TRIGGER_KEYS.includes(key));
      if (type === "azure-servicebus" && unknown.length > 0) {
        findings.push(`${title(scaler)}: KEDA ignores ${unknown.join(", ")}`);
      }
      const name = authenticationRef?.name ?? "missing";
      if (!authentications.includes(name)) {
        findings.push(`${title(scaler)}: TriggerAuthentication ${name} does not exist`);
      }
    }
  }
  return findings;
}

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
  return existing(ofKind(objects, "ScaledObject")[0]?.spec.triggers[0], "trigger");
}
