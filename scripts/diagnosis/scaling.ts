import type { CoreV1Event, V1Container, V2HorizontalPodAutoscaler, V2MetricSpec } from "@kubernetes/client-node";
import { KEDA_DEFAULTS } from "../../loadtest/model/kedaDefaults.ts";
import { kedaOf } from "./controllers.ts";
import { distinct, finding, type Finding, type FindingId, type MissingRequest, type Subject } from "./finding.ts";
import { objectiveFindings } from "./objectives.ts";
import { orElse, subjectOf, titleOf, type Deployed, type ScaledObject, type View, type Workload } from "./view.ts";

/** How long a new autoscaler, or a new pod, may be without its first metric: a scrape, the adapter's and the controller's period, twice. */
const FIRST_METRIC_SECONDS = 120;
/** In characters. */
const LONGEST_MESSAGE = 300;
/** How much later than the poll its event may be seen. */
const EVENT_DELAY_SECONDS = 10;
/** Holds what a person applied, where kubectl did so on the client's side. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Why the autoscalers cannot work, or would conflict. */
export function scalingFindings(view: View): Finding[] {
  const live: Deployed = {
    workloads: orElse(view.live.workloads, []),
    autoscalers: orElse(view.live.autoscalers, []),
    scaledObjects: orElse(view.live.scaledObjects, []),
    authentications: orElse(view.live.authentications, []),
  };
  const found = [
    ...declaredFindings(view.declared),
    ...specFindings(live, replicasLastApplied),
    ...objectiveFindings(live),
    ...live.scaledObjects.flatMap((scaled) => readyFindings(scaled, view)),
    ...live.autoscalers.flatMap((autoscaler) => computingFindings(autoscaler, view.nowMs, view.namespace)),
    ...queueFindings(view),
  ];
  // What is declared and deployed alike is one finding.
  return distinct(found);
}

/** Findings about rendered objects, for which no cluster is needed. */
export function declaredFindings(declared: Deployed): Finding[] {
  return [...specFindings(declared, fixedReplicas), ...objectiveFindings(declared)];
}

/** Findings about the specs of objects, rendered or deployed. */
function specFindings(
  { workloads, autoscalers, scaledObjects }: Deployed,
  replicasOf: (workload: Workload) => number | undefined,
): Finding[] {
  return workloads.flatMap((workload) => {
    const name = workload.metadata?.name;
    const kind = "serviceName" in (workload.spec ?? {}) ? "StatefulSet" : "Deployment";
    const horizontal = autoscalers.filter(
      ({ spec }) => spec.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === name,
    );
    const scaled = scaledObjects.filter(
      ({ spec }) => (spec?.scaleTargetRef.kind ?? "Deployment") === kind && spec?.scaleTargetRef.name === name,
    );
    const scalers = [
      ...scaled.map((object) => titleOf("ScaledObject", object)),
      // The one that KEDA made for its ScaledObject is the ScaledObject.
      ...horizontal
        .filter((object) => !isKedas(object, scaled))
        .map((object) => titleOf("HorizontalPodAutoscaler", object)),
    ];
    if (scalers.length === 0) return [];
    const subject = subjectOf(kind, workload);
    const findings: Finding[] = [];
    if (scalers.length > 1) {
      findings.push(finding("autoscalers-compete", subject, { autoscalers: scalers }));
    }
    const replicas = replicasOf(workload);
    if (replicas !== undefined) {
      findings.push(finding("replicas-fixed", subject, { replicas, autoscaler: scalers[0] ?? "" }));
    }
    for (const autoscaler of horizontal) {
      for (const metric of autoscaler.spec.metrics ?? [])
        findings.push(...metricFindings(titleOf(kind, workload), workload, autoscaler, metric));
    }
    return findings;
  });
}

function isKedas({ metadata }: V2HorizontalPodAutoscaler, scaled: readonly ScaledObject[]): boolean {
  return (metadata?.ownerReferences ?? []).some(
    ({ kind, name }) => kind === "ScaledObject" && scaled.some((object) => object.metadata?.name === name),
  );
}

function fixedReplicas(workload: Workload): number | undefined {
  return workload.spec?.replicas;
}

/** What is live always has a number, which the autoscaler owns; what a person applied is in an annotation. */
function replicasLastApplied({ metadata }: Workload): number | undefined {
  const applied = metadata?.annotations?.[LAST_APPLIED];
  const replicas = /"replicas":(\d+)/.exec(applied ?? "")?.[1];
  return replicas === undefined ? undefined : Number(replicas);
}

/** A share of a request can be computed only where the container exists and requests something. */
function metricFindings(
  title: string,
  workload: Workload,
  autoscaler: V2HorizontalPodAutoscaler,
  { containerResource, resource }: V2MetricSpec,
): Finding[] {
  const pod = workload.spec?.template.spec;
  const own = pod?.containers ?? [];
  const containers = [...(pod?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"), ...own];
  const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
  if (containerResource !== undefined) {
    const { container: name, name: metric, target } = containerResource;
    const container = containers.find((one) => one.name === name);
    if (container === undefined) return [otherContainer("hpa-container-unknown", containers)];
    if (!own.includes(container)) return [otherContainer("hpa-targets-other-container", own)];
    if (target.type !== "Utilization" || container.resources?.requests?.[metric] !== undefined) return [];
    return [requestMissing(subject, { workload: title, container: name, resource: metric, wholePod: false })];
  }
  if (resource?.target.type !== "Utilization") return [];
  return containers
    .filter(({ resources }) => resources?.requests?.[resource.name] === undefined)
    .map(({ name }) =>
      requestMissing(subject, { workload: title, container: name, resource: resource.name, wholePod: true }),
    );

  function otherContainer(
    id: "hpa-container-unknown" | "hpa-targets-other-container",
    right: readonly V1Container[],
  ): Finding {
    const container = containerResource?.container ?? "";
    return finding(id, subject, { container, workload: title, containers: right.map(({ name }) => name) });
  }
}

/** The resource metrics API knows CPU and memory, and no other resource. */
function requestMissing(subject: Subject, params: MissingRequest): Finding {
  return finding(params.resource === "memory" ? "memory-request-missing" : "cpu-request-missing", subject, params);
}

/**
 * A ScaledObject that KEDA cannot serve, with the last message of its scaler: a wrong key shows here. Where there is a fallback, Ready stays True, and
 * Fallback becomes True after some failures; until then only the failures themselves tell.
 */
function readyFindings(scaled: ScaledObject, view: View): Finding[] {
  const name = scaled.metadata?.name ?? "";
  const condition = (type: string): { status: string; message: string } | undefined =>
    scaled.status?.conditions?.find((one) => one.type === type);
  const [last] = orElse(view.events, [])
    .filter(
      ({ involvedObject, type }) =>
        involvedObject.kind === "ScaledObject" && involvedObject.name === name && type === "Warning",
    )
    .sort((one, other) => seenMs(other) - seenMs(one));
  const pollingSeconds = scaled.spec?.pollingInterval ?? KEDA_DEFAULTS.pollingInterval;
  const failsNow = last !== undefined && view.nowMs - seenMs(last) < (2 * pollingSeconds + EVENT_DELAY_SECONDS) * 1000;
  const ready = condition("Ready");
  const state =
    ready?.status === "False"
      ? "not-ready"
      : condition("Fallback")?.status === "True"
        ? "in-fallback"
        : failsNow
          ? "failing"
          : undefined;
  if (state === undefined) return [];
  const conditionMessage = state === "not-ready" ? ready?.message : undefined;
  const event = last?.message === undefined ? undefined : shortened(last.message);
  const id = triggerFailure([conditionMessage, event].join("\n"));
  const { namespace: kedaNamespace = "keda", operator } = kedaOf(view) ?? {};
  const operatorName = operator?.metadata?.name ?? "keda-operator";
  return [
    finding(id, subjectOf("ScaledObject", scaled), {
      ...{ state, conditionMessage, event, namespace: view.namespace, operator: `${kedaNamespace}/${operatorName}` },
    }),
  ];
}

/** The failure that KEDA's own messages name. */
function triggerFailure(messages: string): Extract<FindingId, `scaled-object-${string}`> {
  if (/\b40[13]\b|unauthori[sz]ed|InvalidSignature/i.test(messages)) return "scaled-object-key-rejected";
  if (/queue \S+ doesn't exist/.test(messages)) return "scaled-object-queue-unknown";
  if (/x509|certificate/.test(messages)) return "scaled-object-certificate-untrusted";
  return "scaled-object-trigger-failing";
}

/** One line of what the SDK's errors spread over a page. */
function shortened(message: string): string {
  return message
    .replaceAll(/-{5,}/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?(TrackingId|SystemTracker|Timestamp):[^,<]*,?/g, "")
    .slice(0, LONGEST_MESSAGE);
}

function seenMs({ lastTimestamp, metadata }: CoreV1Event): number {
  return (lastTimestamp ?? metadata.creationTimestamp)?.getTime() ?? 0;
}

function computingFindings(autoscaler: V2HorizontalPodAutoscaler, nowMs: number, namespace: string): Finding[] {
  return (autoscaler.status?.conditions ?? []).flatMap(({ type, status, reason, message, lastTransitionTime }) => {
    // At zero replicas KEDA has nothing for its HPA to scale.
    if (status !== "False" || (type !== "ScalingActive" && type !== "AbleToScale") || reason === "ScalingDisabled")
      return [];
    const seconds = Math.round((nowMs - (lastTransitionTime?.getTime() ?? nowMs)) / 1000);
    const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
    const why = message ?? reason ?? type;
    return [
      seconds < FIRST_METRIC_SECONDS
        ? finding("hpa-has-no-metrics-yet", subject, {
            ...{ message: why, forSeconds: seconds, withinSeconds: FIRST_METRIC_SECONDS },
          })
        : finding("hpa-cannot-compute", subject, { message: why, namespace }),
    ];
  });
}

function queueFindings({ queues, namespace }: View): Finding[] {
  return [...queues].flatMap(([queue, there]) =>
    there.kind === "value" && !there.value
      ? [finding("queue-missing", { kind: "Queue", name: queue }, { namespace })]
      : [],
  );
}
