import { readingText } from "../../../loadtest/report/texts/metricText.ts";
import type { StatusParams, TriggerFailure } from "../statusParams.ts";
import { QUEUE_FIX, UP, type Parts, type Texts } from "./text.ts";

const triggerFails = ({
  subject: { name },
  params: { state, conditionMessage, event },
}: Parts<TriggerFailure>): string => {
  const lastEvent = event === undefined ? "" : ` (${event})`;
  switch (state) {
    case "not-ready":
      return `ScaledObject ${name} is not ready: ${conditionMessage ?? ""}${lastEvent}`;
    case "in-fallback":
      return `ScaledObject ${name} is in fallback: KEDA cannot read its trigger${lastEvent}`;
    case "failing":
      return `ScaledObject ${name} has a trigger that fails${lastEvent}`;
  }
};

const annotate = (namespace: string, name: string, annotation: string): string =>
  `kubectl -n ${namespace} annotate scaledobject ${name} ${annotation.replace(/:.*/, "")}-`;

const podsOf = (pods: number): string => (pods === 1 ? "a pod" : `${pods} pods`);

const describePod = ({ params: { pod, namespace } }: Parts<{ pod: string; namespace: string }>): string =>
  `kubectl -n ${namespace} describe pod ${pod}`;

/** Of the state of live objects. */
export const STATUS_TEXTS: Texts<keyof StatusParams> = {
  "scaled-object-paused": {
    what: ({ subject: { name }, params: { annotations } }) =>
      annotations.length === 0
        ? `ScaledObject ${name} is paused by its condition Paused, though no annotation pauses it: KEDA has not taken it up again`
        : `ScaledObject ${name} is paused by ${annotations.join(" and ")}: nothing scales its workload`,
    fix: ({ subject: { name }, params: { annotations, namespace } }) =>
      annotations.length === 0
        ? `see that KEDA's operator runs, and have it reconcile: kubectl -n ${namespace} annotate scaledobject ${name} autoscaling.keda.sh/paused=false --overwrite`
        : annotations.map((annotation) => annotate(namespace, name, annotation)).join("; "),
  },
  "scaled-object-scale-in-paused": {
    what: ({ subject: { name }, params }) =>
      `ScaledObject ${name} never scales in: it is paused by ${params.annotation}`,
    fix: ({ subject: { name }, params }) => annotate(params.namespace, name, params.annotation),
  },
  "scaled-object-scale-out-paused": {
    what: ({ subject: { name }, params }) =>
      `ScaledObject ${name} never scales out: it is paused by ${params.annotation}`,
    fix: ({ subject: { name }, params }) => annotate(params.namespace, name, params.annotation),
  },
  "scaled-object-not-reconciled": {
    what: ({ subject: { name }, params: { namespace, watches, operator } }) =>
      watches === undefined
        ? `ScaledObject ${name} has neither a condition nor an HPA: KEDA's operator ${operator} does not look at it`
        : `ScaledObject ${name} has neither a condition nor an HPA: KEDA does not watch namespace ${namespace} (WATCH_NAMESPACE of ${operator} is ${watches})`,
    fix: ({ params: { namespace, watches, operator } }) => {
      const [kedaNamespace = "", deployment = ""] = operator.split("/");
      return watches === undefined
        ? `see that it runs, and what it says: kubectl -n ${kedaNamespace} logs deployment/${deployment}`
        : `add ${namespace} to WATCH_NAMESPACE, or empty it, which means all namespaces (watchNamespace of KEDA's Helm chart)`;
    },
  },
  "scaled-object-key-rejected": {
    what: triggerFails,
    fix: () =>
      `its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ${UP} restores dev's`,
  },
  "scaled-object-queue-unknown": { what: triggerFails, fix: () => QUEUE_FIX },
  "scaled-object-certificate-untrusted": {
    what: triggerFails,
    fix: () => `KEDA must trust the bus's authority: ${UP} sees to it`,
  },
  "scaled-object-trigger-failing": {
    what: triggerFails,
    fix: ({ subject, params: { namespace, operator } }) => {
      const [kedaNamespace = "", name = ""] = operator.split("/");
      return `kubectl -n ${namespace} describe scaledobject ${subject.name}; kubectl -n ${kedaNamespace} logs deployment/${name}`;
    },
  },
  "scaled-object-throttled": {
    what: triggerFails,
    fix: () =>
      "the bus's management API has throttled KEDA: raise pollingInterval, set useCachedMetrics: true, or have fewer ScaledObjects ask one namespace of the bus",
  },
  "keda-certificates-untrusted": {
    what: ({ params: { operator, adapter, message } }) =>
      `KEDA's own certificates are broken, between adapter ${adapter}, operator ${operator} and the API server; the bus's are not meant: ${message}`,
    fix: ({ params: { namespace, operator, adapter } }) =>
      `have KEDA make them anew: kubectl -n ${namespace} delete secret kedaorg-certs; kubectl -n ${namespace} rollout restart deployment ${operator.split("/")[1] ?? ""} ${adapter.split("/")[1] ?? ""}; where cert-manager or a chart of your own makes them, there`,
  },
  "hpa-cannot-compute": {
    what: ({ subject, params }) => `${subject.kind} ${subject.name} cannot compute replicas: ${params.message}`,
    fix: ({ subject, params }) => `kubectl -n ${params.namespace} describe hpa ${subject.name}`,
  },
  "hpa-has-no-metrics-yet": {
    what: ({ subject, params }) => `${subject.kind} ${subject.name} cannot compute replicas yet: ${params.message}`,
    fix: ({ params: { forSeconds, withinSeconds } }) =>
      `since ${forSeconds} s only: wait for the first metrics, ${withinSeconds} s at the most`,
  },
  "queue-missing": {
    what: ({ subject, params }) =>
      `a ScaledObject of namespace ${params.namespace} watches queue ${subject.name}, which the bus does not have`,
    fix: () => QUEUE_FIX,
  },
  "hpa-target-at-zero": {
    what: ({ subject: { name }, params: { workload, minReplicas } }) =>
      `${workload} has been scaled to 0, from where HorizontalPodAutoscaler ${name} never takes it (ScalingDisabled; minReplicas ${minReplicas})`,
    fix: ({ params: { workload, minReplicas, namespace } }) =>
      `kubectl -n ${namespace} scale ${workload.toLowerCase().replace(" ", "/")} --replicas=${minReplicas}`,
  },
  "hpa-scale-up-held-back": {
    what: ({ subject: { name }, params: { message } }) =>
      `HorizontalPodAutoscaler ${name} would scale up, and its scaleUp window holds it back (ScaleUpStabilized): ${message}`,
    fix: () => "shorten behavior.scaleUp.stabilizationWindowSeconds, or wait until it is over",
  },
  "hpa-held-above-minimum": {
    what: ({ subject: { name }, params: { replicas, minReplicas, metric } }) =>
      `HorizontalPodAutoscaler ${name} has ${replicas} replicas, above its minimum of ${minReplicas}, and what holds it there is no CPU of its own container: ${readingText(metric)}`,
    fix: () =>
      "without load: raise that metric's target or its request, or scale on a ContainerResource metric of the service's own container",
  },
  "bus-without-pods": {
    what: ({ subject: { name }, params: { workload, replicas } }) =>
      `the bus has no pods: Service ${name} selects ${workload}, which is at ${replicas} replicas. KEDA cannot read a queue, and no order is taken or processed`,
    fix: ({ params: { workload, namespace } }) =>
      `kubectl -n ${namespace} scale ${workload.toLowerCase().replace(" ", "/")} --replicas=1`,
  },
  "workload-scaled-to-zero": {
    what: ({ subject: { kind, name } }) =>
      `${kind} ${name} has been scaled to 0, and no autoscaler is there to take it up again`,
    fix: ({ subject: { kind, name }, params: { namespace } }) =>
      `kubectl -n ${namespace} scale ${kind.toLowerCase()}/${name} --replicas=1`,
  },
  "pods-crash-looping": {
    what: ({ subject: { kind, name }, params: { pods, pod, container, ended } }) =>
      `${podsOf(pods)} of ${kind} ${name}, such as ${pod}, crash and are started again and again (CrashLoopBackOff): container ${container} ended with ${ended}`,
    fix: ({ params: { pod, container, namespace } }) =>
      `kubectl -n ${namespace} logs ${pod} -c ${container} --previous`,
  },
  "pods-cannot-be-created": {
    what: ({ subject: { kind, name }, params: { pods, pod, container, reason, message } }) =>
      `${podsOf(pods)} of ${kind} ${name}, such as ${pod}, cannot be started (${reason}): container ${container}: ${message}`,
    fix: describePod,
  },
  "pods-unschedulable": {
    what: ({ subject: { kind, name }, params: { pods, pod, message } }) =>
      `${podsOf(pods)} of ${kind} ${name}, such as ${pod}, wait for a node (Pending, PodScheduled is False): ${message}`,
    fix: ({ params: { pod, namespace } }) =>
      `add a node, lower its requests, or what it asks of nodes: kubectl -n ${namespace} describe pod ${pod}`,
  },
  "pods-not-ready": {
    what: ({ subject: { kind, name }, params: { pods, pod, forSeconds, why } }) =>
      `${podsOf(pods)} of ${kind} ${name}, such as ${pod}, have not been ready for ${forSeconds} s: ${why}`,
    fix: describePod,
  },
  "replicas-refused": {
    what: ({ subject: { kind, name }, params: { message } }) =>
      `the API server refuses pods of ${kind} ${name} (ReplicaFailure): ${message}`,
    fix: ({ params: { namespace } }) =>
      `raise the quota or lower maxReplicas: kubectl -n ${namespace} describe resourcequota`,
  },
  "pods-of-others-selected": {
    what: ({ subject: { kind, name }, params: { autoscaler, pods, owners } }) =>
      `the selector of ${kind} ${name} also finds pods that are not its own: ${pods.join(", ")} of ${owners.join(", ")}; ${autoscaler} counts them`,
    fix: () => "change the labels of these pods, or make the selector narrower, which takes a new Deployment",
  },
};
