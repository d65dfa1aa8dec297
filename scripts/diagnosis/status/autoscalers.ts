import type { V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { type MetricState, shareOfTarget } from "../../../loadtest/model/metric.ts";
import { autoscalerState } from "../../../loadtest/observe/hpa.ts";
import { kedaOf } from "../controllers.ts";
import { finding, type Finding } from "../finding.ts";
import { isOver, podsOf } from "../rules/facts.ts";
import { isOfKeda } from "../rules/scalers.ts";
import { kindOf, liveObjects, orElse, subjectOf, titleOf, type View, type Workload } from "../view.ts";
import { isOfKedasCertificates } from "./kedaCertificates.ts";

/** How long a new autoscaler, or a new pod, may be without its first metric: a scrape, the adapter's and the controller's period, twice. */
const FIRST_METRIC_SECONDS = 120;

/** What live HPAs say of themselves, and what they count. */
export function autoscalerFindings(view: View): Finding[] {
  const { autoscalers, workloads } = liveObjects(view);
  return autoscalers.flatMap((autoscaler) => {
    const { kind, name } = autoscaler.spec.scaleTargetRef;
    const workload = workloads.find((one) => kindOf(one) === kind && one.metadata?.name === name);
    return [
      ...computingFindings(autoscaler, view),
      ...heldBackFindings(autoscaler),
      ...(workload === undefined ? [] : othersPods(autoscaler, workload, orElse(view.pods, []))),
      ...(workload === undefined || isOfKeda(autoscaler)
        ? []
        : [...atZero(autoscaler, workload, view.namespace), ...aboveMinimum(autoscaler, workload)]),
    ];
  });
}

function computingFindings(autoscaler: V2HorizontalPodAutoscaler, view: View): Finding[] {
  return (autoscaler.status?.conditions ?? []).flatMap(({ type, status, reason, message, lastTransitionTime }) => {
    // At zero replicas there is nothing to compute: right under KEDA, else a finding of its own.
    if (status !== "False" || (type !== "ScalingActive" && type !== "AbleToScale") || reason === "ScalingDisabled")
      return [];
    const why = message ?? reason ?? type;
    // A cause that is a finding of its own, however many HPAs it concerns.
    if (kedaOf(view) !== undefined && isOfKedasCertificates(why)) return [];
    const seconds = Math.round((view.nowMs - (lastTransitionTime?.getTime() ?? view.nowMs)) / 1000);
    const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
    return [
      seconds < FIRST_METRIC_SECONDS
        ? finding("hpa-has-no-metrics-yet", subject, {
            ...{ message: why, forSeconds: seconds, withinSeconds: FIRST_METRIC_SECONDS },
          })
        : finding("hpa-cannot-compute", subject, { message: why, namespace: view.namespace }),
    ];
  });
}

function heldBackFindings(autoscaler: V2HorizontalPodAutoscaler): Finding[] {
  const condition = (autoscaler.status?.conditions ?? []).find(
    ({ type, reason }) => type === "AbleToScale" && reason === "ScaleUpStabilized",
  );
  if (condition === undefined) return [];
  const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
  return [finding("hpa-scale-up-held-back", subject, { message: condition.message ?? "" })];
}

/** At zero an HPA is disabled for good, unless its own minimum is 0 (feature HPAScaleToZero): somebody scaled it there, or KEDA left it there. */
function atZero(autoscaler: V2HorizontalPodAutoscaler, workload: Workload, namespace: string): Finding[] {
  const { minReplicas = 1 } = autoscaler.spec;
  if (minReplicas === 0 || workload.spec?.replicas !== 0) return [];
  const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
  return [
    finding("hpa-target-at-zero", subject, { workload: titleOf(kindOf(workload), workload), minReplicas, namespace }),
  ];
}

/**
 * The metric that keeps the replicas above the minimum, where that is none of load: memory, or what sidecars use. The CPU of the service's own container
 * is load, and any other metric somebody's choice.
 */
function aboveMinimum(autoscaler: V2HorizontalPodAutoscaler, workload: Workload): Finding[] {
  const { current, min, metrics } = autoscalerState(autoscaler);
  if (current <= min || min === 0) return [];
  const recommended = (metric: MetricState): number => {
    const share = shareOfTarget(metric);
    return share === undefined ? 0 : Math.ceil(current * share);
  };
  const [highest] = [...metrics].sort((one, other) => recommended(other) - recommended(one));
  if (highest === undefined || recommended(highest) <= min) return [];
  const { kind, name, container } = highest.metric;
  const containers = workload.spec?.template.spec?.containers ?? [];
  const sidecars = (workload.spec?.template.spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  const isOfPod = kind === "Resource" && containers.length + sidecars.length > 1;
  const isOfSidecar = kind === "ContainerResource" && !containers.some((one) => one.name === container);
  if (!isOfPod && !isOfSidecar && !((kind === "Resource" || kind === "ContainerResource") && name === "memory"))
    return [];
  const params = { replicas: current, minReplicas: min, metric: highest };
  return [finding("hpa-held-above-minimum", subjectOf("HorizontalPodAutoscaler", autoscaler), params)];
}

/** An HPA counts whatever pods its workload's selector finds, whoever made them. */
function othersPods(autoscaler: V2HorizontalPodAutoscaler, workload: Workload, pods: readonly V1Pod[]): Finding[] {
  const labels = Object.entries(workload.spec?.selector.matchLabels ?? {});
  const own = new Set(podsOf(workload, pods));
  const others = pods.filter(
    (pod) =>
      !own.has(pod) &&
      !isOver(pod) &&
      pod.metadata?.deletionTimestamp === undefined &&
      labels.length > 0 &&
      labels.every(([label, value]) => pod.metadata?.labels?.[label] === value),
  );
  if (others.length === 0) return [];
  const owners = others.map(({ metadata }) => {
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
    return owner === undefined ? "nobody" : `${owner.kind} ${owner.name}`;
  });
  return [
    finding("pods-of-others-selected", subjectOf(kindOf(workload), workload), {
      autoscaler: titleOf("HorizontalPodAutoscaler", autoscaler),
      pods: others.map(({ metadata }) => metadata?.name ?? ""),
      owners: [...new Set(owners)],
    }),
  ];
}
