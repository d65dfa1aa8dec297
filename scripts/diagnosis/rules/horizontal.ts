import type { V1Container, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { MetricIdentity } from "../../../loadtest/model/metric.ts";
import { finding, type Finding, type Subject } from "../finding.ts";
import type { MissingRequest } from "../specParams.ts";
import { kindOf, subjectOf, titleOf, type Deployed, type ScaledObject, type Workload } from "../view.ts";
import type { Facts } from "./facts.ts";
import { isRequestedOfPod, requestOf } from "./requests.ts";
import { isOfKeda, targetOf } from "./scalers.ts";

/** The metrics of HPAs: of containers that exist and request something, of the service's own, CPU among them. KEDA's own HPAs are their ScaledObjects. */
export function horizontalFindings(deployed: Deployed, facts: Facts): Finding[] {
  // Live, KEDA has made the HPA of these.
  const ofScaledObjects = facts.source === "live" ? [] : deployed.scaledObjects.flatMap(resourceMetrics);
  const scaled = ofScaledObjects.flatMap(({ object, metrics }) => {
    const workload = targetOf(object, deployed);
    if (workload === undefined) return [];
    return metrics.flatMap((metric) => metricFindings({ workload, object, deployed, facts }, metric));
  });
  const horizontal = deployed.autoscalers.flatMap((autoscaler) => {
    const { kind, name } = autoscaler.spec.scaleTargetRef;
    const workload = deployed.workloads.find((one) => kindOf(one) === kind && one.metadata?.name === name);
    const ofTarget =
      workload === undefined
        ? []
        : (autoscaler.spec.metrics ?? []).flatMap((metric) =>
            metricFindings({ workload, object: autoscaler, deployed, facts }, metric),
          );
    return isOfKeda(autoscaler) ? ofTarget : [...ofTarget, ...rangeFindings(autoscaler), ...cpuFindings(autoscaler)];
  });
  return [...scaled, ...horizontal];
}

/** The metrics that KEDA's triggers `cpu` and `memory` become: of type Utilization where they do not say another. */
function resourceMetrics(object: ScaledObject): { object: ScaledObject; metrics: ResourceMetric[] }[] {
  const metrics = (object.spec?.triggers ?? [])
    .filter(({ type }) => type === "cpu" || type === "memory")
    .map(({ type: name, metricType: type = "Utilization", metadata: { containerName: container } }): ResourceMetric =>
      container === undefined
        ? { resource: { name, target: { type } } }
        : { containerResource: { container, name, target: { type } } },
    );
  return metrics.length === 0 ? [] : [{ object, metrics }];
}

function rangeFindings(autoscaler: V2HorizontalPodAutoscaler): Finding[] {
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  if (minReplicas < maxReplicas) return [];
  const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
  return [finding("hpa-cannot-scale", subject, { minReplicas, maxReplicas })];
}

/** Memory alone says little of load: few processes give it back, so that an HPA on it goes up and seldom down. Without metrics Kubernetes takes CPU. */
function cpuFindings(autoscaler: V2HorizontalPodAutoscaler): Finding[] {
  const metrics = (autoscaler.spec.metrics ?? []).map(({ type, resource, containerResource }) => ({
    type,
    name: resource?.name ?? containerResource?.name ?? type,
  }));
  if (metrics.length === 0 || metrics.some(({ name }) => name !== "memory")) return [];
  const names = metrics.map(({ name }) => name);
  return [finding("hpa-without-cpu-metric", subjectOf("HorizontalPodAutoscaler", autoscaler), { metrics: names })];
}

/** What is read of a metric of CPU or memory. */
interface ResourceMetric {
  containerResource?: { container: string; name: string; target: { type: string } };
  resource?: { name: string; target: { type: string } };
}

interface Target {
  workload: Workload;
  /** What has the metric. */
  object: V2HorizontalPodAutoscaler | ScaledObject;
  deployed: Deployed;
  facts: Facts;
}

/** A share of a request can be computed only where the container exists and requests something. */
function metricFindings(target: Target, { containerResource, resource }: ResourceMetric): Finding[] {
  const { workload, object, facts } = target;
  const pod = workload.spec?.template.spec;
  const own = pod?.containers ?? [];
  const sidecars = (pod?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const containers = [...sidecars, ...own];
  const subject = subjectOfMetrics(object);
  const title = titleOf(kindOf(workload), workload);
  if (containerResource !== undefined) {
    const { container: name, name: metric, target: amount } = containerResource;
    const container = containers.find((one) => one.name === name);
    const mistaken = (id: "hpa-container-unknown" | "hpa-targets-other-container", right: readonly V1Container[]) =>
      finding(id, subject, { container: name, workload: title, containers: right.map((one) => one.name) });
    if (container === undefined) return [mistaken("hpa-container-unknown", containers)];
    if (!own.includes(container)) return [mistaken("hpa-targets-other-container", own)];
    if (amount.type !== "Utilization" || isRequested(target, name, metric)) return [];
    if (facts.isMeasured(object, { kind: "ContainerResource", name: metric, container: name })) return [];
    return [requestMissing(subject, { workload: title, container: name, resource: metric, wholePod: false })];
  }
  if (resource === undefined) return [];
  const counted =
    containers.length > 1
      ? [
          finding("hpa-metric-counts-sidecars", subject, {
            ...{ resource: resource.name, workload: title, containers: containers.map(({ name }) => name) },
          }),
        ]
      : [];
  const measured: MetricIdentity = { kind: "Resource", name: resource.name };
  const cannotBeMissing =
    resource.target.type !== "Utilization" ||
    isRequestedOfPod(workload, resource.name) ||
    facts.isMeasured(object, measured);
  if (cannotBeMissing) return counted;
  return [
    ...counted,
    ...containers
      .filter(({ name }) => !isRequested(target, name, resource.name))
      .map(({ name }) =>
        requestMissing(subject, { workload: title, container: name, resource: resource.name, wholePod: true }),
      ),
  ];
}

/** The HPA that KEDA made has the metrics of its ScaledObject. */
function subjectOfMetrics(object: Target["object"]): Subject {
  if (isScaledObject(object)) return subjectOf("ScaledObject", object);
  const owner = (object.metadata?.ownerReferences ?? []).find(({ kind }) => kind === "ScaledObject");
  return owner === undefined
    ? subjectOf("HorizontalPodAutoscaler", object)
    : { kind: "ScaledObject", name: owner.name };
}

function isScaledObject(object: Target["object"]): object is ScaledObject {
  return object.spec !== undefined && "triggers" in object.spec;
}

function isRequested({ workload, deployed, facts }: Target, container: string, resource: string): boolean {
  return (
    requestOf(workload, container, resource, [...deployed.limitRanges, ...facts.limitRanges]) !== undefined ||
    facts.isRequested(workload, container, resource)
  );
}

/** The resource metrics API knows CPU and memory, and no other resource. */
function requestMissing(subject: Subject, params: MissingRequest): Finding {
  return finding(params.resource === "memory" ? "memory-request-missing" : "cpu-request-missing", subject, params);
}
