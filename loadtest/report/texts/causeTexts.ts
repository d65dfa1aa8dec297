import type { Cause, CauseId, CauseParams } from "../../model/cause.ts";
import type { MetricState } from "../../model/metric.ts";
import { formatAmount, unitOf } from "../amount.ts";
import { formatCount, formatDuration, formatMilliseconds, formatNumber, formatPercent } from "../format.ts";
import { FAULT_CAUSE_TEXTS } from "./faultAssertionTexts.ts";
import { faultText } from "./faultTexts.ts";
import { figureText, metricText, readingText, selectorText } from "./metricText.ts";
import { momentText } from "./momentText.ts";
import { theQueue } from "./queueText.ts";

type Texts = { readonly [Id in CauseId]: (params: CauseParams<Id>, subject: string) => string };

/** Ids that a sentence names. */
const NAMED_IDS = 3;

/** What a person reads of each cause; the field of a manifest that says so is in brackets. */
const TEXTS: Texts = {
  "run-interrupted": ({ reason }) => `the run was cut short: ${reason}`,
  "proof-error": ({ message }) => `it could not be run: ${message}`,
  "preflight-check-failed": ({ message }) => `a preflight check failed: ${message}`,
  "observation-ended": ({ afterSeconds }, subject) =>
    `the observation of ${subject} ended after ${formatDuration(afterSeconds)}, before the deadline`,
  "moment-not-reached": ({ moment }) => `this was not seen: ${momentText(moment)}`,
  "no-samples": ({ seconds, error }, subject) =>
    `no sample of ${subject} in ${formatDuration(seconds)}${because(error)}`,
  "sample-gap-too-long": ({ seconds, maxSeconds, error }, subject) =>
    `no sample of ${subject} for ${formatDuration(seconds)} in a row, at most ${formatDuration(maxSeconds)} may be missing${because(error)}`,
  "too-many-samples-missing": ({ missing, of, maxShare, error }, subject) =>
    `${formatNumber(missing)} of ${formatCount(of, "sample")} of ${subject} are missing, at most ${formatPercent(maxShare)} may be${because(error)}`,
  "no-metric-reading": (_, subject) => `there was no reading of ${subject}`,
  "idle-timeout": ({ seconds }) => `not idle after ${formatDuration(seconds)}`,
  "not-idle-long-enough": ({ seconds }) => `not idle for ${formatDuration(seconds)} in a row`,

  "load-broke": ({ reason }) => `the load did not run to its end: ${reason}`,
  "load-not-delivered": ({ missingShare, allowedShare }) =>
    `${formatPercent(missingShare)} of the declared load was never sent, at most ${formatPercent(allowedShare)} may be missing: no virtual user was free, since the machine or the target was too slow`,
  "machine-starved": ({ waitedShare, allowedShare }) =>
    `the machine that sends the load was starved: of the time in which the proof had work to do it waited for a core for ${formatPercent(waitedShare)}, at most ${formatPercent(allowedShare)}; so what failed, or took long, is not known to be the target's fault`,
  "requests-failed": () => "the load's log beside the report has the first errors",
  "no-request-sent": () => "no request was sent",
  "load-checks-failed": () => "k6's checks failed; its log beside the report says which",
  "latency-not-measured": () => "the load measured no duration",
  "latency-exceeds-objective": ({ p95Ms, objectiveMs }) =>
    `95 % of the requests took up to ${formatMilliseconds(p95Ms)}, the objective is ${formatMilliseconds(objectiveMs)}`,
  "latency-thirds-missing": () => "the load's summary has no durations by thirds",
  "grew-under-steady-load": (_, subject) => `it grew under a load that did not (${subject})`,

  "not-idle-at-start": ({ replicas }, subject) =>
    `the load began while ${subject} did not have its ${formatCount(replicas, "idle replica")}`,
  "stayed-at": ({ replicas }, subject) => `${subject} stayed at ${formatCount(replicas, "replica")}`,
  "scaled-out-too-little": ({ ready }, subject) => `${subject} stopped at ${formatCount(ready, "ready replica")}`,
  "never-above-idle": ({ replicas }, subject) => `${subject} was never seen above ${formatCount(replicas, "replica")}`,
  "scaled-in-late": ({ afterSeconds, withinSeconds }, subject) =>
    `${subject} scaled in after ${formatDuration(afterSeconds)}, the deadline was ${formatDuration(withinSeconds)}`,
  "not-scaled-in": ({ withinSeconds }, subject) =>
    `${subject} did not scale in within ${formatDuration(withinSeconds)}`,
  "replicas-changed": ({ replicas }, subject) => `${subject} did not keep ${formatCount(replicas, "replica")}`,
  "replicas-lost-without-scaling": (_, subject) =>
    `no autoscaler changed ${subject}: a pod was removed, or the workload was gone`,
  oscillated: ({ directionChanges, allowed }, subject) =>
    `the desired replicas of ${subject} changed direction ${formatCount(directionChanges, "time")}, at most ${formatNumber(allowed)} are allowed: its windows are too short for its metric, or the load is not steady`,
  "elasticity-exceeds-objective": ({ value, objective }, subject) =>
    `${subject}: ${formatAmount(value, "own")}, the objective is ${formatAmount(objective, "own")}`,
  "demand-not-known": (_, subject) => `how many replicas ${subject} needed is not known`,
  "pods-not-ready": ({ desired, ready }) =>
    `${formatNumber(desired)} replicas were desired and only ${formatNumber(ready)} became ready: the pods do not start, or not in time`,
  "pods-crash-looping": ({ pods, pod, container, ended }, subject) =>
    `${formatCount(pods, "pod")} of ${subject}, such as ${pod}, crash and are started again and again (CrashLoopBackOff): container ${container} ended with ${ended}`,
  "pods-cannot-be-created": ({ pods, pod, container, reason, message }, subject) =>
    `${formatCount(pods, "pod")} of ${subject}, such as ${pod}, cannot be started (${reason}): container ${container}${message === "" ? "" : `: ${message}`}`,
  "pods-unschedulable": ({ pods, pod, message }, subject) =>
    `${formatCount(pods, "pod")} of ${subject}, such as ${pod}, wait for a node (Pending, PodScheduled is False): ${message}`,
  "replicas-refused": ({ message }, subject) => `Kubernetes refuses pods of ${subject} (ReplicaFailure): ${message}`,

  "autoscaler-missing": (_, subject) =>
    `nothing scales ${subject}: no HPA and no ScaledObject names it in scaleTargetRef`,
  "several-autoscalers": ({ names }, subject) =>
    `${subject} has several autoscalers, which work against one another: ${names.join(", ")} name it in scaleTargetRef`,
  "deployment-missing": (_, subject) => `there is no workload ${subject}`,
  "deployment-unreadable": ({ error }, subject) => `workload ${subject} cannot be read: ${error}`,
  "rollout-not-finished": (_, subject) => `the rollout of ${subject} is not finished`,
  "replicas-not-idle": ({ desired, ready, idleReplicas }, subject) =>
    `${subject} has ${formatNumber(desired)} replicas desired and ${formatNumber(ready)} ready, idle it has ${formatNumber(idleReplicas)}`,
  "queue-missing": (_, subject) => `${theQueue(subject)} does not exist`,
  "queue-unreadable": ({ error }, subject) => `${theQueue(subject)} cannot be read: ${error}`,
  "queue-not-empty": ({ messages }, subject) => `${theQueue(subject)} still holds ${formatCount(messages, "message")}`,
  "hpa-missing": (_, subject) => `there is no HPA ${subject}`,
  "hpa-unreadable": ({ error }, subject) => `HPA ${subject} cannot be read: ${error}`,
  "hpa-metric-without-reading": ({ metric }, subject) =>
    `HPA ${subject} has no reading of ${metricText(metric.metric)} yet`,
  "hpa-metric-at-target": ({ metric }, subject) => `HPA ${subject} reads ${readingText(metric)}: not below its target`,

  "scaled-object-missing": (_, subject) => `there is no ScaledObject ${subject}`,
  "scaled-by-hpa-without-queue-length": ({ metrics }, subject) =>
    `${subject} is scaled by an HPA on ${metrics.map(peakText).join(" and ")}, not by the queue's length: there is no ScaledObject ${subject}`,
  "scaled-object-paused": ({ annotation }, subject) => `ScaledObject ${subject} is paused (annotation ${annotation})`,
  "scaled-object-not-ready": ({ reason, message }, subject) =>
    `ScaledObject ${subject} is not ready: ${reason}: ${message}`,
  "scaled-object-in-fallback": ({ reason, message }, subject) =>
    `ScaledObject ${subject} is in fallback: ${reason}: ${message}`,
  "scaled-object-polls-other-queue": ({ queueName, loadQueue }, subject) =>
    `ScaledObject ${subject} polls queue ${queueName} (of its trigger, as queueName), and the load goes to ${loadQueue}`,
  "max-replicas-below-required": ({ object, maxReplicas, required }, subject) =>
    `${object} ${subject} allows at most ${formatCount(maxReplicas, "replica")} (${object === "ScaledObject" ? "maxReplicaCount" : "maxReplicas"}), ${formatNumber(required)} are required`,
  "activation-threshold-not-exceeded": ({ activationMessages, messages }, subject) =>
    `ScaledObject ${subject} starts no replica for up to ${formatCount(activationMessages, "message")} (activation of its trigger, as activationMessageCount), and ${formatNumber(messages)} wait`,
  "messages-per-replica-too-high": ({ messagesPerReplica, messages, recommended, required }, subject) =>
    `ScaledObject ${subject} recommends too few replicas (target of its trigger, as messageCount): ${formatCount(messages, "message")} / ${formatNumber(messagesPerReplica)} per replica = ${formatNumber(recommended)}, ${formatNumber(required)} are required`,
  "polling-interval-exceeds-objective": ({ pollingIntervalSeconds, objectiveSeconds }, subject) =>
    `ScaledObject ${subject} polls every ${formatDuration(pollingIntervalSeconds)} while there is no replica (pollingInterval), and the first one has to be ready within ${formatDuration(objectiveSeconds)}`,
  "polling-interval-not-elapsed": ({ pollingIntervalSeconds, waitedSeconds }, subject) =>
    `ScaledObject ${subject} polls every ${formatDuration(pollingIntervalSeconds)} while there is no replica (pollingInterval), and messages waited for ${formatDuration(waitedSeconds)}`,
  "cooldown-exceeds-objective": ({ cooldownSeconds, objectiveSeconds }, subject) =>
    `ScaledObject ${subject} keeps idle replicas for ${formatDuration(cooldownSeconds)} (cooldownPeriod), and they have to be gone within ${formatDuration(objectiveSeconds)}`,
  "cooldown-not-elapsed": ({ cooldownSeconds, emptySeconds }, subject) =>
    `ScaledObject ${subject} keeps idle replicas for ${formatDuration(cooldownSeconds)} (cooldownPeriod), and the queue had been empty for ${formatDuration(emptySeconds)}`,
  "min-replicas-above-idle": ({ minReplicas }, subject) =>
    `ScaledObject ${subject} keeps at least ${formatCount(minReplicas, "replica")} (minReplicaCount)`,

  "hpa-condition-false": ({ condition, reason, message }, subject) =>
    `HPA ${subject} has condition ${condition} False: ${reason}: ${message}`,
  "hpa-scale-up-disabled": (_, subject) =>
    `HPA ${subject} never adds a replica (behavior.scaleUp.selectPolicy is Disabled)`,
  "hpa-scale-up-stabilized": ({ windowSeconds, message }, subject) =>
    `HPA ${subject} would have scaled up further, and its window of ${formatDuration(windowSeconds)} held it back (behavior.scaleUp.stabilizationWindowSeconds; AbleToScale is ScaleUpStabilized): ${message}`,
  "hpa-scale-up-window-exceeds-objective": ({ windowSeconds, objectiveSeconds }, subject) =>
    `HPA ${subject} waits ${formatDuration(windowSeconds)} before it adds a replica (behavior.scaleUp.stabilizationWindowSeconds), the objective is ${formatDuration(objectiveSeconds)}`,
  "hpa-scale-down-disabled": (_, subject) =>
    `HPA ${subject} never removes a replica (behavior.scaleDown.selectPolicy is Disabled)`,
  "hpa-scale-down-window-exceeds-objective": ({ windowSeconds, objectiveSeconds }, subject) =>
    `HPA ${subject} keeps idle replicas for ${formatDuration(windowSeconds)} (behavior.scaleDown.stabilizationWindowSeconds), and they have to be gone within ${formatDuration(objectiveSeconds)}`,
  "hpa-metric-peak": ({ metric }, subject) => `HPA ${subject} read at most ${readingText(metric)}`,
  "hpa-metric-still-above-target": ({ metric }, subject) => `HPA ${subject} still reads ${readingText(metric)}`,
  "hpa-metric-never-above-target": ({ metric }, subject) =>
    `HPA ${subject} never read ${selectorText(metric)} above its target`,
  "hpa-metric-not-there": ({ metric, metrics }, subject) =>
    `HPA ${subject} has no metric that is ${selectorText(metric)}; it has ${metrics.map(({ metric: one }) => metricText(one)).join(", ") || "none"}`,
  "external-metric-peak": ({ name, value }, subject) =>
    `external metric ${name} of ${subject} was at most ${formatAmount(value, "own")}, all replicas together`,
  "hpa-targets-other-container": ({ metric }, subject) =>
    `HPA ${subject} targets container ${metric.metric.container ?? "unknown"}, not ${subject}: ${peakText(metric)}`,
  "hpa-recommended": ({ replicas }, subject) => `HPA ${subject} recommended ${formatCount(replicas, "replica")}`,
  "hpa-recommended-no-change": (_, subject) => `HPA ${subject} did not recommend it`,
  "metric-follows-queue": ({ metric, emptyQueuePeak, messages }, subject) =>
    `${metricText(metric.metric)} follows the queue: at most ${formatAmount(emptyQueuePeak, unitOf(metric))} while the queue was empty, ${formatAmount(metric.current ?? 0, unitOf(metric))} while it held up to ${formatCount(messages, "message")}; ${subject} does the work that the queue is for`,

  "queue-never-held-messages": (_, subject) => `${theQueue(subject)} was never seen to hold a message`,
  "queue-held-messages": ({ messages }, subject) =>
    `${theQueue(subject)} held up to ${formatCount(messages, "message")}`,
  "queue-still-holds-messages": ({ messages }, subject) =>
    `${formatCount(messages, "message")} were left on ${theQueue(subject)} at the end`,
  "messages-taken-or-added": () => "messages were received, or others sent some",
  "messages-from-elsewhere": (_, subject) => `this load, or somebody else, put messages on ${theQueue(subject)}`,

  "orders-not-counted": (_, subject) => `the ${subject} were not counted`,
  "ledger-unreadable": ({ error }, subject) => `the ${subject} could not be counted: ${error}`,
  "ledger-contradicts-itself": ({ accountedFor }) =>
    `the ledger contradicts itself: ${formatNumber(accountedFor)} are accounted for`,
  "no-order-accepted": ({ unconfirmed }, subject) =>
    unconfirmed === 0
      ? `none of the ${subject} was accepted`
      : `none of ${formatNumber(unconfirmed)} ${subject} was accepted`,
  "queue-not-awaited": (_, subject) =>
    `the proof did not wait until ${theQueue(subject)} was empty, since nothing processed it`,
  "orders-not-processed": ({ examples }) => `not processed: ${named(examples)}`,
  "orders-lost": ({ examples }) => `neither processed, nor on the queue, nor dead-lettered: ${named(examples)}`,
  "completed-before-commit": (_, subject) =>
    `the queue no longer has them, so ${subject} completed their messages, and none was committed: it completes a message before it has processed and committed it, so that what is in flight at a kill is lost (complete last), or commits were lost where they are kept`,
  "orders-dead-lettered": ({ byReason, afterCommit, examples }) =>
    `${[
      ...Object.entries(byReason).map(([reason, count]) => `${formatNumber(count)} for ${reason}`),
      ...(afterCommit > 0 ? [`${formatNumber(afterCommit)} after they were processed`] : []),
    ].join(", ")}; the consumer's log says why: ${named(examples)}`,
  "redelivered-beyond-bound": ({ examples }) => `more were delivered again, for example ${named(examples)}`,
  "worker-concurrency-unreadable": ({ error }) =>
    `WORKER_CONCURRENCY could not be read, so what a killed pod had in flight is not known: ${error}`,

  "prometheus-missing": () => "there is no Prometheus: deploy component kustomize/components/monitoring",
  "query-unreadable": ({ error }, subject) => `query ${subject} could not be read: ${error}`,
  "query-out-of-bounds": ({ value }, subject) => `query ${subject} has the value ${formatAmount(value, "own")}`,
  "counters-unreadable": ({ error }) => `the services' metrics could not be read: ${error}`,
  "traffic-reached-workload": (_, subject) =>
    `${subject} got traffic: this load reaches it, or others use the system at the same time`,
  "counted-more-than-ledger": ({ difference }) =>
    `${formatCount(difference, "delivery", "deliveries")} more than this load accounts for: others use the queue, or the ledger misses some`,
  "counted-less-than-ledger": ({ difference, explained }) =>
    `${formatCount(difference, "delivery", "deliveries")} fewer, of which lost scrapes explain at most ${formatNumber(explained)}: the counter or the ledger is wrong`,
  "no-order-age-counted": (_, subject) => `${subject} counted no age`,
  "processing-time-exceeds-objective": ({ p95Seconds, objectiveSeconds }) =>
    `95 % took up to ${formatDuration(p95Seconds)}, the objective is ${formatDuration(objectiveSeconds)}`,

  "fault-not-injected": ({ fault, why }) => `${why} (${faultText(fault)})`,
  "change-not-reverted": ({ revertCommand, error }) => `still changed (${error}); to revert it: ${revertCommand}`,
  "pod-terminated-abnormally": ({ endedBecause }, subject) => `${subject}: ${endedBecause}`,
  "worker-does-not-drain": (_, subject) =>
    `${subject} does not drain: on SIGTERM it ends with messages in flight, which stay locked until their locks expire; it has to stop receiving, finish or abandon what it has, and end with 0`,
  "no-scale-in-seen": (_, subject) => `no pod of ${subject} was seen to be scaled in`,
  "termination-not-seen": (_, subject) => `how ${subject} ended was not seen`,
  ...FAULT_CAUSE_TEXTS,

  "external-pod-removal": ({ reason }, subject) => `${EXTERNAL}: pod ${subject} was removed: ${reason}`,
  "external-scaled-object-creation": (_, subject) => `${EXTERNAL}: ScaledObject ${subject} was created`,
  "external-scaled-object-deletion": (_, subject) => `${EXTERNAL}: ScaledObject ${subject} was deleted`,
  "external-pause": ({ annotation }, subject) =>
    `${EXTERNAL}: ScaledObject ${subject} was paused (annotation ${annotation})`,
  "external-resume": ({ annotation }, subject) =>
    `${EXTERNAL}: ScaledObject ${subject} was resumed (annotation ${annotation})`,
  "external-field-change": ({ field, from, to, object = "ScaledObject" }, subject) =>
    `${EXTERNAL}: ${field} of ${object} ${subject} went from ${from} to ${to}`,
};

const EXTERNAL = "external change during the run";

/** One cause for people. */
export function causeText<Id extends CauseId>({ id, subject, params }: Cause<Id>): string {
  return (TEXTS[id] as (params: CauseParams<Id>, subject: string) => string)(params, subject);
}

/** Several causes in a line. */
export function causesText(causes: readonly Cause[]): string {
  return causes.map((cause) => causeText(cause)).join("; ");
}

function because(error: string | null): string {
  return error === null ? "" : ` (${error})`;
}

function peakText(state: MetricState): string {
  const figure = (value: number | null): string => figureText(value, state) ?? "nothing";
  return `${metricText(state.metric)}, which read at most ${figure(state.current)} (target ${figure(state.target)})`;
}

function named(ids: readonly string[]): string {
  return `${ids.slice(0, NAMED_IDS).join(", ")}${ids.length > NAMED_IDS ? ", …" : ""}`;
}
