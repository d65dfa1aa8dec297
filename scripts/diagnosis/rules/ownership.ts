import { finding, type Finding } from "../finding.ts";
import { kindOf, subjectOf, titleOf, type Deployed, type VerticalAutoscaler, type Workload } from "../view.ts";
import type { Facts } from "./facts.ts";
import { isOfKeda, scalersOf, targetKindOf, targetOf } from "./scalers.ts";

/** Who sets the replicas of what: autoscalers without a workload, workloads with two, and numbers that a person set beside one. */
export function ownershipFindings(deployed: Deployed, facts: Facts): Finding[] {
  return [
    ...missingTargets(deployed),
    ...deployed.workloads.flatMap((workload) => ofWorkload(workload, deployed, facts)),
  ];
}

function missingTargets(deployed: Deployed): Finding[] {
  const horizontal = deployed.autoscalers
    .filter((one) => !isOfKeda(one))
    .filter(({ spec: { scaleTargetRef: target } }) => isKnownKind(target.kind))
    .filter(
      ({ spec: { scaleTargetRef: target } }) =>
        !deployed.workloads.some((one) => kindOf(one) === target.kind && one.metadata?.name === target.name),
    )
    .map((one) => {
      const { kind, name } = one.spec.scaleTargetRef;
      return finding("scale-target-missing", subjectOf("HorizontalPodAutoscaler", one), { target: `${kind} ${name}` });
    });
  const scaled = deployed.scaledObjects
    .filter((one) => isKnownKind(targetKindOf(one)) && targetOf(one, deployed) === undefined)
    .map((one) => {
      const target = `${targetKindOf(one)} ${one.spec?.scaleTargetRef.name ?? ""}`;
      return finding("scale-target-missing", subjectOf("ScaledObject", one), { target });
    });
  return [...horizontal, ...scaled];
}

/** Others, such as an Argo Rollout, are not read. */
function isKnownKind(kind: string): boolean {
  return kind === "Deployment" || kind === "StatefulSet";
}

function ofWorkload(workload: Workload, deployed: Deployed, { namespace, replicasOf }: Facts): Finding[] {
  const { horizontal, scaled } = scalersOf(workload, deployed);
  const scalers = [
    ...scaled.map((object) => titleOf("ScaledObject", object)),
    ...horizontal.map((object) => titleOf("HorizontalPodAutoscaler", object)),
  ];
  const [autoscaler] = scalers;
  if (autoscaler === undefined) return [];
  const subject = subjectOf(kindOf(workload), workload);
  const fixed = replicasOf(workload);
  return [
    ...(scalers.length > 1 ? [finding("autoscalers-compete", subject, { autoscalers: scalers })] : []),
    ...(fixed === undefined ? [] : [finding("replicas-fixed", subject, { ...fixed, autoscaler, namespace })]),
    ...deployed.verticalAutoscalers.flatMap((vertical) => competing(vertical, workload, deployed)),
  ];
}

/** A VPA changes the request that an HPA takes a share of: each moves what the other one measures. */
function competing(vertical: VerticalAutoscaler, workload: Workload, deployed: Deployed): Finding[] {
  const { targetRef, updatePolicy, resourcePolicy } = vertical.spec ?? {};
  const updateMode = updatePolicy?.updateMode ?? "Auto";
  if (targetRef?.name !== workload.metadata?.name || targetRef?.kind !== kindOf(workload)) return [];
  if (updateMode === "Off") return [];
  const { horizontal, scaled } = scalersOf(workload, deployed);
  const shares = [
    ...horizontal.map((object) => ({
      autoscaler: titleOf("HorizontalPodAutoscaler", object),
      metrics: (object.spec.metrics ?? []).flatMap(({ resource, containerResource }) => {
        const name = resource?.name ?? containerResource?.name;
        const isShare = (resource?.target ?? containerResource?.target)?.type === "Utilization";
        return name !== undefined && isShare ? [{ name, container: containerResource?.container }] : [];
      }),
    })),
    ...scaled.map((object) => ({
      autoscaler: titleOf("ScaledObject", object),
      metrics: (object.spec?.triggers ?? [])
        .filter(({ type, metricType }) => (type === "cpu" || type === "memory") && metricType !== "AverageValue")
        .map(({ type, metadata }) => ({ name: type, container: metadata.containerName })),
    })),
  ];
  const isControlled = (name: string, container: string | undefined): boolean => {
    const policies = resourcePolicy?.containerPolicies ?? [];
    const policy =
      policies.find(({ containerName }) => container !== undefined && containerName === container) ??
      policies.find(({ containerName }) => containerName === "*");
    return policy?.mode !== "Off" && (policy?.controlledResources ?? ["cpu", "memory"]).includes(name);
  };
  return shares.flatMap(({ autoscaler, metrics }) => {
    const resources = [
      ...new Set(metrics.filter((one) => isControlled(one.name, one.container)).map(({ name }) => name)),
    ];
    if (resources.length === 0) return [];
    const params = { autoscaler, workload: titleOf(kindOf(workload), workload), resources, updateMode };
    return finding("vpa-competes", subjectOf("VerticalPodAutoscaler", vertical), params);
  });
}
