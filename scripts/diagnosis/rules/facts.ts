import type { KubernetesObject, V1LimitRange, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { autoscalerState } from "../../../loadtest/observe/hpa.ts";
import { isSameMetric, type MetricIdentity } from "../../../loadtest/model/metric.ts";
import { isOwnPod } from "../../../loadtest/observe/pods.ts";
import type { ReplicasFrom } from "../specParams.ts";
import { kindOf, liveObjects, orElse, type Deployed, type View, type Workload } from "../view.ts";
import { requestOf } from "./requests.ts";

/** A number of replicas that somebody has set, and where that stands. */
export interface FixedReplicas {
  replicas: number;
  from: ReplicasFrom;
}

/** What rules know beside the objects that they are about. */
export interface Facts {
  /** `rendered`: what a person wrote, so that what it leaves out can be asked for. `live`: with the API server's defaults. */
  source: "rendered" | "live";
  namespace: string;
  replicasOf: (workload: Workload) => FixedReplicas | undefined;
  /** Whether the cluster shows that a request is there which no template has: an admission gave it, or the HPA reads its share. */
  isRequested: (workload: Workload, container: string, resource: string) => boolean;
  isMeasured: (autoscaler: KubernetesObject, metric: MetricIdentity) => boolean;
  /** Of the namespace on the cluster, beside those that are rendered. */
  limitRanges: readonly V1LimitRange[];
  /** Where it is looked for in addition: an overlay may name what somebody else has deployed. Undefined where it cannot be known. */
  elsewhere: Pick<Deployed, "authentications" | "clusterAuthentications"> | undefined;
}

/** Holds what a person applied, where kubectl did so on the client's side. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** For rendered objects, without a cluster. */
export function renderedFacts(namespace: string): Facts {
  return {
    source: "rendered",
    namespace,
    replicasOf: ({ spec }) =>
      spec?.replicas === undefined ? undefined : { replicas: spec.replicas, from: "manifest" },
    isRequested: () => false,
    isMeasured: () => false,
    limitRanges: [],
    elsewhere: undefined,
  };
}

/** For rendered objects that are to be deployed on this cluster. */
export function declaredFacts(view: View): Facts {
  return { ...liveFacts(view), source: "rendered", replicasOf: renderedFacts(view.namespace).replicasOf };
}

export function liveFacts(view: View): Facts {
  const live = liveObjects(view);
  const pods = orElse(view.pods, []);
  /** What runs says nothing about a template that is another one. */
  const lacksItLive = (workload: Workload, container: string, resource: string): boolean =>
    live.workloads.some(
      (one) =>
        one.metadata?.name === workload.metadata?.name &&
        kindOf(one) === kindOf(workload) &&
        requestOf(one, container, resource, []) === undefined,
    );
  return {
    source: "live",
    namespace: view.namespace,
    replicasOf: replicasApplied,
    isRequested: (workload, container, resource) =>
      lacksItLive(workload, container, resource) && admittedWith(podsOf(workload, pods), container, resource),
    isMeasured: (autoscaler, metric) => isMeasured(live.autoscalers, autoscaler, metric),
    limitRanges: live.limitRanges,
    elsewhere:
      view.live.authentications.kind === "gap" || view.live.clusterAuthentications.kind === "gap" ? undefined : live,
  };
}

/** Those that are not over and that the workload's own controller made. */
export function podsOf(workload: Workload, pods: readonly V1Pod[]): V1Pod[] {
  const name = workload.metadata?.name ?? "";
  const namespace = workload.metadata?.namespace ?? "";
  const declaration = { name, kind: kindOf(workload), object: name, namespace, container: null, idleReplicas: null };
  return pods.filter((pod) => isOwnPod(pod, declaration) && !isOver(pod));
}

/** It has run to its end: no autoscaler counts it. */
export function isOver({ status }: V1Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function admittedWith(pods: readonly V1Pod[], container: string, resource: string): boolean {
  return (
    pods.length > 0 &&
    pods.every(({ spec }) =>
      [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].some(
        ({ name, resources }) => name === container && resources?.requests?.[resource] !== undefined,
      ),
    )
  );
}

/** ScalingActive is True where one metric of several can be read; so that metric has to have a reading, too. */
function isMeasured(
  live: readonly V2HorizontalPodAutoscaler[],
  autoscaler: KubernetesObject,
  metric: MetricIdentity,
): boolean {
  const found = live.find(({ metadata }) => metadata?.name === autoscaler.metadata?.name);
  if (found === undefined) return false;
  const { conditions, metrics } = autoscalerState(found);
  return (
    conditions.ScalingActive?.status === "True" &&
    metrics.some((one) => isSameMetric(one.metric, metric) && one.current !== null)
  );
}

/** What is live always has a number, which the autoscaler owns. What a person applied is in an annotation, or owned by a manager of its own. */
function replicasApplied({ metadata, spec }: Workload): FixedReplicas | undefined {
  const applied = metadata?.annotations?.[LAST_APPLIED];
  const replicas = /"replicas":(\d+)/.exec(applied ?? "")?.[1];
  if (replicas !== undefined) return { replicas: Number(replicas), from: "last-applied" };
  const isOwned = (metadata?.managedFields ?? []).some(
    ({ operation, subresource, fieldsV1 }) =>
      operation === "Apply" &&
      subresource === undefined &&
      (fieldsV1 as { "f:spec"?: Record<string, unknown> } | undefined)?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  return isOwned ? { replicas: spec?.replicas ?? 0, from: "server-side-apply" } : undefined;
}
