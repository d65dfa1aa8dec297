import type { Assertion } from "../../../loadtest/model/assertion.ts";
import { assertionText } from "../../../loadtest/report/texts/assertionTexts.ts";
import { causeText } from "../../../loadtest/report/texts/causeTexts.ts";
import type { MissingRequest, SpecParams } from "../specParams.ts";
import { CONVENTION_TEXTS, type ConventionId } from "./conventionTexts.ts";
import { QUEUE_FIX, UP, type Parts, type Texts } from "./text.ts";

const requestMissing = {
  what: ({ subject, params: { workload, container, resource, wholePod } }: Parts<MissingRequest>) =>
    wholePod
      ? `${subject.kind} ${subject.name} scales on a share of the ${resource} that all containers of ${workload} request, and container ${container} requests none`
      : `${subject.kind} ${subject.name} scales on a share of the ${resource} that container ${container} of ${workload} requests, and it requests none`,
  fix: ({ params: { resource } }: Parts<MissingRequest>) => `give it resources.requests.${resource}`,
};

/** Of specs. */
const SPEC_ONLY: Texts<Exclude<keyof SpecParams, ConventionId>> = {
  "object-malformed": {
    what: ({ subject: { kind, name }, params: { problems } }) =>
      `the API server refuses ${kind} ${name}: ${problems.join("; ")}`,
    fix: () => "correct these fields; the values of a trigger's metadata are text, and numbers need quotes there",
  },
  "scale-target-missing": {
    what: ({ subject: { kind, name }, params }) => `${kind} ${name} scales ${params.target}, which does not exist`,
    fix: () => "correct scaleTargetRef, or remove it",
  },
  "autoscalers-compete": {
    what: ({ subject, params: { autoscalers } }) =>
      `${subject.kind} ${subject.name} has ${autoscalers.length} autoscalers: ${autoscalers.join(", ")}`,
    fix: () => "leave one of them",
  },
  "vpa-competes": {
    what: ({ subject: { name }, params: { autoscaler, workload, resources, updateMode } }) =>
      `VerticalPodAutoscaler ${name} (updateMode ${updateMode}) changes the ${resources.join(" and ")} requests of ${workload}, of which ${autoscaler} takes a share: each moves what the other measures`,
    fix: ({ params: { resources } }) =>
      `set its updateMode to Off, or leave ${resources.join(" and ")} out of its controlledResources`,
  },
  "replicas-fixed": {
    what: ({ subject, params: { replicas, autoscaler, from } }) => {
      const set = {
        manifest: `sets spec.replicas: ${replicas}`,
        "last-applied": `was applied with spec.replicas: ${replicas}`,
        "server-side-apply": "has spec.replicas owned by whoever applied it (server-side)",
      }[from];
      return `${subject.kind} ${subject.name} ${set}, which ${autoscaler} manages, so that every kubectl apply reverts it`;
    },
    fix: ({ subject, params: { from, namespace } }) => {
      const title = `${subject.kind.toLowerCase()}/${subject.name}`;
      return from === "last-applied"
        ? `first kubectl -n ${namespace} apply edit-last-applied ${title}, and remove \`replicas\` there; then remove it from its manifest. The other way round the next apply sets 1`
        : "remove `replicas` from its manifest";
    },
  },
  "hpa-container-unknown": {
    what: ({ subject, params: { container, workload, containers } }) =>
      `${subject.kind} ${subject.name} targets container ${container}, which ${workload} does not have (it has ${containers.join(", ")})`,
    fix: () => "name one of them",
  },
  "hpa-targets-other-container": {
    what: ({ subject, params: { container, workload } }) =>
      `${subject.kind} ${subject.name} targets container ${container}, a sidecar of ${workload}, and what the service itself uses is no part of its metric`,
    fix: ({ params }) => `name container ${params.containers.join(" or ")}`,
  },
  "cpu-request-missing": requestMissing,
  "memory-request-missing": requestMissing,
  "hpa-metric-counts-sidecars": {
    what: ({ subject: { name }, params: { resource, workload, containers } }) =>
      `HorizontalPodAutoscaler ${name} has a metric of type Resource, the ${resource} of all containers of ${workload} together (${containers.join(", ")}): a sidecar scales it, too`,
    fix: () => "make it a metric of type ContainerResource, of the service's own container",
  },
  "hpa-without-cpu-metric": {
    what: ({ subject: { name }, params }) =>
      `HorizontalPodAutoscaler ${name} scales on ${params.metrics.join(", ")} and not on CPU: memory that a process keeps after a load holds its replicas`,
    fix: () => "add a CPU metric of the service's own container",
  },
  "hpa-cannot-scale": {
    what: ({ subject, params: { minReplicas, maxReplicas } }) =>
      `${subject.kind} ${subject.name} never scales: ${minReplicas === maxReplicas ? `minReplicas equals maxReplicas (${maxReplicas})` : `minReplicas ${minReplicas} exceeds maxReplicas ${maxReplicas}`}`,
    fix: () => "raise maxReplicas or lower minReplicas",
  },
  "hpa-name-taken": {
    what: ({ subject: { name }, params: { hpa } }) =>
      `ScaledObject ${name} makes an HPA named ${hpa}, and there is one of that name that is not KEDA's`,
    fix: () => "rename either",
  },
  "scaled-object-cannot-scale": {
    what: ({ subject: { name }, params: { maxReplicas } }) =>
      `ScaledObject ${name} never scales out: maxReplicaCount is ${maxReplicas}`,
    fix: () => "raise maxReplicaCount",
  },
  "scale-up-disabled": {
    what: ({ subject: { kind, name }, params: { field } }) => `${kind} ${name} never scales up (${field})`,
    fix: () => "remove selectPolicy, or make it Max",
  },
  "scale-up-window-too-long": {
    what: ({ subject: { kind, name }, params: { field, windowSeconds, withinSeconds } }) =>
      `${kind} ${name} scales up on what was recommended for ${windowSeconds} s without a break (${field}); more than ${withinSeconds} s is too late for a backlog`,
    fix: () => "leave it out: scaling up has no window by default",
  },
  "objective-unreachable": {
    what: ({ subject: { name }, params }) =>
      "cause" in params ? causeText(params.cause) : unmetText(name, params.assertion),
    fix: ({ params }) =>
      "cause" in params
        ? `change the field in brackets in its manifest, or the proof's scenario ${params.scenario} fails`
        : `change its policies, windows, target or maximum, or the proof's scenario ${params.scenario} fails; ownsignal plan -k says what binds`,
  },
  "replica-bounds-invalid": {
    what: ({ subject: { name }, params: { bounds } }) => `KEDA refuses ScaledObject ${name}: ${bounds}`,
    fix: () => "keep idleReplicaCount below minReplicaCount, and that not above maxReplicaCount",
  },
  "min-replicas-above-idle": {
    what: ({ subject: { name }, params: { minReplicas } }) =>
      `ScaledObject ${name} keeps ${minReplicas} ${minReplicas === 1 ? "replica" : "replicas"} while its queue is empty (minReplicaCount)`,
    fix: () => "set minReplicaCount to 0, or idleReplicaCount to 0 beside it",
  },
  "scaled-object-follows-other-trigger": {
    what: ({ subject: { name }, params: { queueTrigger, others } }) =>
      `ScaledObject ${name} follows ${queueTrigger}, and also follows ${others.join(", ")}: replicas are what the highest of them asks for`,
    fix: () => "leave the queue's trigger alone, if the workload is to scale on its own signal",
  },
  "trigger-metric-type-value": {
    what: ({ subject: { name }, params: { trigger } }) =>
      `ScaledObject ${name}: trigger ${trigger} has metricType Value, by which the present replicas are multiplied: a backlog that stays the same raises them up to maxReplicaCount`,
    fix: () => "remove metricType, or make it AverageValue",
  },
  "trigger-keys-ignored": {
    what: ({ subject: { name }, params: { trigger, keys } }) =>
      `ScaledObject ${name}: KEDA ignores ${keys.join(", ")} of trigger ${trigger}`,
    fix: () => "correct or remove them: the scaler's page at https://keda.sh/docs/latest/scalers/ names what it reads",
  },
  "authentication-missing": {
    what: ({ subject: { name }, params: { authentication, namespace } }) =>
      `ScaledObject ${name} names ${authentication}, which does not exist${authentication.startsWith("Cluster") ? "" : ` in namespace ${namespace}`}; KEDA may go on with what it has cached until its next start`,
    fix: () => "create it, or correct authenticationRef",
  },
  "fallback-removes-workers": {
    what: ({ subject: { name }, params: { replicas, behavior } }) =>
      `ScaledObject ${name} goes to ${replicas} replicas while its trigger cannot be read (fallback, behavior ${behavior}), and so removes busy ones`,
    fix: () => "set fallback.behavior to currentReplicasIfHigher and fallback.replicas to 1 or more",
  },
  "scaled-object-polls-other-queue": {
    what: ({ subject: { name }, params: { queue, isPattern, workload, receivesFrom } }) =>
      isPattern
        ? `ScaledObject ${name} watches queues that match ${queue}, and ${workload} receives from ${receivesFrom}, which does not`
        : `ScaledObject ${name} watches queue ${queue}, and ${workload} receives from ${receivesFrom}`,
    fix: () => "name the same queue in its trigger's queueName and in SERVICEBUS_QUEUE",
  },
  "api-sends-to-other-queue": {
    what: ({ subject: { kind, name }, params: { queue, workload, receivesFrom } }) =>
      `${kind} ${name} sends to queue ${queue}, and ${workload} receives from ${receivesFrom}`,
    fix: () => "name the same queue in both SERVICEBUS_QUEUE",
  },
  "emulator-has-other-queue": {
    what: ({ params: { queues, workload, receivesFrom } }) =>
      `the emulator has queue ${queues.join(", ")}, and ${workload} receives from ${receivesFrom}`,
    fix: () => QUEUE_FIX,
  },
  "scaler-key-without-manage": {
    what: ({ subject: { name }, params: { secret, keyName } }) =>
      `TriggerAuthentication ${name} asks with Secret ${secret}, whose key ${keyName} has no Manage right, so that KEDA cannot read the queue's length`,
    fix: () => `name a Secret whose key has it: in dev servicebus-keda, which ${UP} makes`,
  },
  "messages-per-replica-too-slow": {
    what: ({ subject: { name }, params: { messages, concurrency, latencyMs, seconds, objectiveSeconds } }) =>
      `ScaledObject ${name} gives one replica ${messages} messages (messageCount), which take it ${seconds} s: ${messages} × ${latencyMs} ms (FULFILMENT_LATENCY_MS) / ${concurrency} at once (WORKER_CONCURRENCY); orders are to be committed within ${objectiveSeconds} s`,
    fix: () => "lower messageCount, or raise WORKER_CONCURRENCY",
  },
  "work-exceeds-drain-limit": {
    what: ({ subject: { kind, name }, params: { workSeconds, drainLimitSeconds } }) =>
      `an order takes ${kind} ${name} ${workSeconds} s (FULFILMENT_LATENCY_MS), and a drain ends after ${drainLimitSeconds} s: each scale-in abandons the orders in flight`,
    fix: () => "have less work done for one message: the limit of a drain is fixed",
  },
  "grace-period-too-short": {
    what: ({ subject: { kind, name }, params: { graceSeconds, drainSeconds } }) =>
      `${kind} ${name} is given ${graceSeconds} s to stop, its drain can take ${drainSeconds} s`,
    fix: ({ params: { drainSeconds } }) => `raise terminationGracePeriodSeconds to ${Math.ceil(drainSeconds)}`,
  },
  "grace-period-within-drain-limit": {
    what: ({ subject: { kind, name }, params: { graceSeconds } }) =>
      `${kind} ${name} is killed after ${graceSeconds} s, before it says why it could not drain`,
    fix: ({ params: { drainLimitSeconds } }) =>
      `raise terminationGracePeriodSeconds above ${drainLimitSeconds}, after which a drain gives up`,
  },
  "service-selects-nothing": {
    what: ({ subject: { name }, params: { selector } }) =>
      `Service ${name} has no endpoints: no workload's pods have the labels ${labelsText(selector)}`,
    fix: () => "correct its selector",
  },
  "service-port-unknown": {
    what: ({ subject: { name }, params: { port, workload, ports } }) =>
      `Service ${name} sends to port ${port}, a name that no container of ${workload} gives a port (it has ${ports.join(", ") || "none"})`,
    fix: () => "name one of them in targetPort, or correct its selector",
  },
  "service-port-not-declared": {
    what: ({ subject: { name }, params: { port, workload, ports } }) =>
      `Service ${name} sends to port ${port}, which no container of ${workload} declares (it has ${ports.join(", ")})`,
    fix: () => "correct targetPort or the selector, or declare it, if something listens there",
  },
  "api-not-autoscaled": {
    what: ({ subject: { kind, name } }) => `${kind} ${name} has no HorizontalPodAutoscaler`,
    fix: () => "deploy kustomize/base/api/hpa.yaml with it",
  },
  "api-on-other-metrics": {
    what: ({ subject: { name }, params: { metrics, expected } }) =>
      `HorizontalPodAutoscaler ${name} targets ${metrics.join(", ") || "Kubernetes' default"}, want ${expected.join(", ")}: the API's own CPU and memory`,
    fix: () => "scale it on ContainerResource metrics of container api",
  },
  "worker-not-autoscaled": {
    what: ({ subject: { kind, name } }) => `${kind} ${name} has no ScaledObject`,
    fix: () => "deploy kustomize/base/worker/scaledobject.yaml with it",
  },
  "worker-not-on-queue-length": {
    what: ({ subject: { kind, name }, params: { autoscaler, metrics } }) =>
      `${kind} ${name} is scaled by ${autoscaler} on ${metrics.join(", ")} and not by the queue's length`,
    fix: () => "scale it by a ScaledObject with a trigger on its queue",
  },
};

export const SPEC_TEXTS: Texts<keyof SpecParams> = { ...SPEC_ONLY, ...CONVENTION_TEXTS };

/** What a simulated run came to. */
function unmetText(name: string, assertion: Assertion): string {
  const { expected, measured } = assertionText(assertion);
  return `ScaledObject ${name} does not bring what is expected in simulation: ${expected}; ${measured}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
}
