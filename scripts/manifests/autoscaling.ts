import type { ManifestFinding, ManifestFindingId } from "./manifestFinding.ts";
import { ofKind, title, workloads, type Manifest } from "./manifest.ts";

/** What the scaler reads; it ignores every other key silently, like the dead `queueLength`. */
const SERVICEBUS_TRIGGER_KEYS = ["queueName", "messageCount", "activationMessageCount", "namespace"];

/** Why the autoscalers could not scale, or would fight over a workload; empty when there is no reason. */
export function autoscalingFindings(objects: readonly Manifest[]): ManifestFinding[] {
  const horizontal = ofKind(objects, "HorizontalPodAutoscaler");
  const scaled = ofKind(objects, "ScaledObject");
  const findings: ManifestFinding[] = [];
  const found = (id: ManifestFindingId, text: string): void => {
    findings.push({ id, text });
  };

  const scalersOf = new Map<string, string[]>();
  for (const scaler of [...horizontal, ...scaled]) {
    const { kind, name } = scaler.spec.scaleTargetRef;
    const target = workloads(objects).find((object) => object.kind === kind && object.metadata.name === name);
    if (target === undefined) {
      found("scale-target-missing", `${title(scaler)} scales ${kind} ${name}, which does not exist`);
      continue;
    }
    scalersOf.set(title(target), [...(scalersOf.get(title(target)) ?? []), title(scaler)]);
    if (target.spec.replicas !== undefined) {
      found(
        "replicas-fixed",
        `${title(target)} has replicas: ${target.spec.replicas} beside ${title(scaler)}, want none`,
      );
    }
  }
  for (const [target, scalers] of scalersOf) {
    if (scalers.length > 1) found("autoscalers-compete", `${target} has ${scalers.join(" and ")}, want one autoscaler`);
  }

  for (const scaler of horizontal) {
    for (const { type, containerResource } of scaler.spec.metrics) {
      if (containerResource === undefined) {
        found(
          "metric-counts-sidecars",
          `${title(scaler)} has a metric of type ${type}, which counts sidecars; want ContainerResource`,
        );
        continue;
      }
      const pod = workloads(objects).find(({ metadata }) => metadata.name === scaler.spec.scaleTargetRef.name)?.spec
        .template.spec;
      const one = pod?.containers.find(({ name }) => name === containerResource.container);
      if (pod?.initContainers?.some(({ name }) => name === containerResource.container) === true) {
        found(
          "hpa-targets-sidecar",
          `${title(scaler)} targets container ${containerResource.container}, a sidecar, whose ${containerResource.name} is not the service's own; want ${pod.containers.map(({ name }) => name).join()}`,
        );
      } else if (one === undefined) {
        found(
          "hpa-container-unknown",
          `${title(scaler)} targets container ${containerResource.container}, which the pod does not have`,
        );
      } else if (one.resources?.requests?.[containerResource.name] === undefined) {
        found("request-missing", `${title(scaler)} needs a ${containerResource.name} request of container ${one.name}`);
      }
    }
    if (scaler.spec.behavior?.scaleUp === undefined || scaler.spec.behavior.scaleDown === undefined) {
      found("behavior-missing", `${title(scaler)} leaves a direction to defaults, want behavior in both`);
    }
    if (scaler.spec.minReplicas >= scaler.spec.maxReplicas) {
      found(
        "hpa-cannot-scale",
        `${title(scaler)} never scales: minReplicas ${scaler.spec.minReplicas}, maxReplicas ${scaler.spec.maxReplicas}`,
      );
    }
  }

  const authentications = ofKind(objects, "TriggerAuthentication").map(({ metadata }) => metadata.name);
  for (const scaler of scaled) {
    const hpa = scaler.spec.advanced?.horizontalPodAutoscalerConfig?.name;
    if (hpa !== scaler.metadata.name) {
      found(
        "hpa-name-differs",
        `${title(scaler)} makes an HPA named ${hpa ?? "by KEDA"}, want ${scaler.metadata.name}`,
      );
    }
    if (horizontal.some(({ metadata }) => metadata.name === hpa)) {
      found("hpa-name-taken", `${title(scaler)} makes an HPA of a name that is taken, ${hpa ?? ""}`);
    }
    const { pollingInterval, cooldownPeriod, fallback, advanced, minReplicaCount, maxReplicaCount } = scaler.spec;
    if (maxReplicaCount <= Math.max(1, minReplicaCount)) {
      found(
        "scaled-object-cannot-scale",
        `${title(scaler)} never scales out: maxReplicaCount is ${maxReplicaCount}, so that no backlog brings a second replica`,
      );
    }
    const behavior = advanced?.horizontalPodAutoscalerConfig?.behavior;
    if (behavior?.scaleUp === undefined || behavior.scaleDown === undefined) {
      found("behavior-missing", `${title(scaler)} leaves a direction to defaults, want behavior in both`);
    }
    if (pollingInterval === undefined || cooldownPeriod === undefined) {
      found(
        "windows-missing",
        `${title(scaler)} leaves its windows to defaults, want pollingInterval and cooldownPeriod`,
      );
    }
    if (fallback === undefined || fallback.replicas < 1 || fallback.behavior !== "currentReplicasIfHigher") {
      found("fallback-removes-workers", `${title(scaler)} removes busy workers while the queue cannot be read`);
    }
    for (const { type, useCachedMetrics, metadata, authenticationRef } of scaler.spec.triggers) {
      if (useCachedMetrics === undefined || metadata.activationMessageCount === undefined) {
        found("trigger-settings-missing", `${title(scaler)} does not say useCachedMetrics and activationMessageCount`);
      }
      const unknown = Object.keys(metadata).filter((key) => !SERVICEBUS_TRIGGER_KEYS.includes(key));
      if (type === "azure-servicebus" && unknown.length > 0) {
        found("trigger-keys-ignored", `${title(scaler)}: KEDA ignores ${unknown.join(", ")}`);
      }
      const name = authenticationRef?.name ?? "missing";
      if (!authentications.includes(name)) {
        found("authentication-missing", `${title(scaler)}: TriggerAuthentication ${name} does not exist`);
      }
    }
  }
  return findings;
}
