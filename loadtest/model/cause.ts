import * as z from "zod";
import { count } from "./count.ts";
import { fault } from "./fault.ts";
import { faultCauseParams } from "./faultAssertions.ts";
import { metricSelector, metricState } from "./metric.ts";
import { moment } from "./moment.ts";

const none = z.object({});
const seconds = z.number();
const text = z.string();
/** The first reading's error, where one failed. */
const error = z.string().nullable();
const someIds = z.array(z.string());

/** What each reason knows beside its subject. Ids are stable: CI history, the mutants and whoever reads report.json key on them. */
export const causeParams = {
  // Nothing follows from what was not seen.
  "run-interrupted": z.object({ reason: text }),
  "proof-error": z.object({ message: text }),
  "preflight-check-failed": z.object({ message: text }),
  "observation-ended": z.object({ afterSeconds: seconds }),
  "moment-not-reached": z.object({ moment }),
  "no-samples": z.object({ seconds, error }),
  "sample-gap-too-long": z.object({ seconds, maxSeconds: seconds, error }),
  "too-many-samples-missing": z.object({ missing: count, of: count, maxShare: z.number(), error }),
  "no-metric-reading": none,
  "idle-timeout": z.object({ seconds }),
  "not-idle-long-enough": z.object({ seconds }),

  // The load.
  "load-broke": z.object({ reason: text }),
  "load-not-delivered": z.object({ missingShare: z.number(), allowedShare: z.number() }),
  "machine-starved": z.object({ waitedShare: z.number(), allowedShare: z.number() }),
  "requests-failed": none,
  "no-request-sent": none,
  "load-checks-failed": none,
  "latency-not-measured": none,
  "latency-exceeds-objective": z.object({ p95Ms: z.number(), objectiveMs: z.number() }),
  "latency-thirds-missing": none,
  "grew-under-steady-load": z.object({ before: z.number(), last: z.number() }),

  // What a workload did instead.
  "not-idle-at-start": z.object({ replicas: count }),
  "stayed-at": z.object({ replicas: count }),
  "scaled-out-too-little": z.object({ ready: count }),
  "never-above-idle": z.object({ replicas: count }),
  "scaled-in-late": z.object({ afterSeconds: seconds, withinSeconds: seconds }),
  "not-scaled-in": z.object({ withinSeconds: seconds }),
  "replicas-changed": z.object({ replicas: count }),
  "replicas-lost-without-scaling": none,
  oscillated: z.object({ directionChanges: count, allowed: count }),
  "elasticity-exceeds-objective": z.object({ value: z.number(), objective: z.number() }),
  "demand-not-known": none,
  "pods-not-ready": z.object({ desired: count, ready: count }),
  "pods-crash-looping": z.object({ pods: count, pod: text, container: text, ended: text }),
  "pods-cannot-be-created": z.object({ pods: count, pod: text, container: text, reason: text, message: text }),
  "pods-unschedulable": z.object({ pods: count, pod: text, message: text }),
  "replicas-refused": z.object({ message: text }),

  // What stands in the way of a load.
  "autoscaler-missing": none,
  "several-autoscalers": z.object({ names: z.array(text) }),
  "deployment-missing": none,
  "deployment-unreadable": z.object({ error: text }),
  "rollout-not-finished": none,
  "replicas-not-idle": z.object({ desired: count, ready: count, idleReplicas: count }),
  "queue-missing": none,
  "queue-unreadable": z.object({ error: text }),
  "queue-not-empty": z.object({ messages: count }),
  "hpa-missing": none,
  "hpa-unreadable": z.object({ error: text }),
  "hpa-metric-without-reading": z.object({ metric: metricState }),
  "hpa-metric-at-target": z.object({ metric: metricState }),

  // The ScaledObject.
  "scaled-object-missing": none,
  "scaled-by-hpa-without-queue-length": z.object({ metrics: z.array(metricState) }),
  "scaled-object-paused": z.object({ annotation: text }),
  "scaled-object-not-ready": z.object({ reason: text, message: text }),
  "scaled-object-in-fallback": z.object({ reason: text, message: text }),
  "scaled-object-polls-other-queue": z.object({ queueName: text, loadQueue: text }),
  "max-replicas-below-required": z.object({
    object: z.enum(["ScaledObject", "HorizontalPodAutoscaler"]),
    maxReplicas: count,
    required: count,
  }),
  "activation-threshold-not-exceeded": z.object({ activationMessages: count, messages: count }),
  "messages-per-replica-too-high": z.object({
    messagesPerReplica: z.number(),
    messages: count,
    recommended: count,
    required: count,
  }),
  "polling-interval-exceeds-objective": z.object({ pollingIntervalSeconds: seconds, objectiveSeconds: seconds }),
  "polling-interval-not-elapsed": z.object({ pollingIntervalSeconds: seconds, waitedSeconds: seconds }),
  "cooldown-exceeds-objective": z.object({ cooldownSeconds: seconds, objectiveSeconds: seconds }),
  "cooldown-not-elapsed": z.object({ cooldownSeconds: seconds, emptySeconds: seconds }),
  "min-replicas-above-idle": z.object({ minReplicas: count }),

  // The HPA.
  "hpa-condition-false": z.object({ condition: text, reason: text, message: text }),
  "hpa-scale-up-disabled": none,
  "hpa-scale-up-stabilized": z.object({ windowSeconds: seconds, message: text }),
  "hpa-scale-up-window-exceeds-objective": z.object({ windowSeconds: seconds, objectiveSeconds: seconds }),
  "hpa-scale-down-disabled": none,
  "hpa-scale-down-window-exceeds-objective": z.object({ windowSeconds: seconds, objectiveSeconds: seconds }),
  "hpa-metric-peak": z.object({ metric: metricState }),
  "hpa-metric-still-above-target": z.object({ metric: metricState }),
  "hpa-metric-never-above-target": z.object({ metric: metricSelector }),
  "hpa-metric-not-there": z.object({ metric: metricSelector, metrics: z.array(metricState) }),
  "external-metric-peak": z.object({ name: text, value: z.number() }),
  "hpa-targets-other-container": z.object({ metric: metricState }),
  "hpa-recommended": z.object({ replicas: count }),
  "hpa-recommended-no-change": none,
  "metric-follows-queue": z.object({ metric: metricState, emptyQueuePeak: z.number(), messages: count }),

  // The queue.
  "queue-never-held-messages": none,
  "queue-held-messages": z.object({ messages: count }),
  "queue-still-holds-messages": z.object({ messages: count }),
  "messages-taken-or-added": none,
  "messages-from-elsewhere": none,

  // What became of the orders.
  "orders-not-counted": none,
  "ledger-unreadable": z.object({ error: text }),
  "ledger-contradicts-itself": z.object({ accountedFor: count }),
  "no-order-accepted": z.object({ unconfirmed: count }),
  "queue-not-awaited": none,
  "orders-not-processed": z.object({ examples: someIds }),
  "orders-lost": z.object({ examples: someIds }),
  "completed-before-commit": none,
  "orders-dead-lettered": z.object({ byReason: z.record(z.string(), count), afterCommit: count, examples: someIds }),
  "redelivered-beyond-bound": z.object({ examples: someIds }),
  "worker-concurrency-unreadable": z.object({ error: text }),

  // The services' own metrics.
  "prometheus-missing": none,
  "query-unreadable": z.object({ error: text }),
  "query-out-of-bounds": z.object({ value: z.number() }),
  "counters-unreadable": z.object({ error: text }),
  "traffic-reached-workload": none,
  "counted-more-than-ledger": z.object({ difference: count }),
  "counted-less-than-ledger": z.object({ difference: count, explained: z.number() }),
  "no-order-age-counted": none,
  "processing-time-exceeds-objective": z.object({ p95Seconds: z.number(), objectiveSeconds: seconds }),

  // Fault injections, and how pods ended.
  "fault-not-injected": z.object({ fault, why: text }),
  "change-not-reverted": z.object({ revertCommand: text, error: text }),
  "pod-terminated-abnormally": z.object({ endedBecause: text }),
  "worker-does-not-drain": none,
  "no-scale-in-seen": none,
  "termination-not-seen": none,
  ...faultCauseParams,

  // External changes: somebody else changed the system meanwhile.
  "external-pod-removal": z.object({ reason: text }),
  "external-scaled-object-creation": none,
  "external-scaled-object-deletion": none,
  "external-pause": z.object({ annotation: text }),
  "external-resume": z.object({ annotation: text }),
  "external-field-change": z.object({
    field: text,
    from: text,
    to: text,
    object: z.literal("HorizontalPodAutoscaler").optional().describe("left out of a ScaledObject's"),
  }),
} as const satisfies Record<string, z.ZodObject>;

export type CauseId = keyof typeof causeParams;
export type CauseParams<Id extends CauseId> = z.infer<(typeof causeParams)[Id]>;

/** Why an assertion is no pass, or what stands in the way of a load. The subject is the name of the object that it is about. */
export type Cause<Id extends CauseId = CauseId> = {
  [One in Id]: { readonly id: One; readonly subject: string; readonly params: CauseParams<One> };
}[Id];

/** What keys on an id alone has it from here. */
export const causeIds = Object.keys(causeParams) as CauseId[];

const [firstCause, ...otherCauses] = causeIds.map((id) =>
  z.object({ id: z.literal(id), subject: z.string(), params: causeParams[id] }),
);
if (firstCause === undefined) throw new Error("there are no causes");
/** For report.json. */
export const cause = z
  .discriminatedUnion("id", [firstCause, ...otherCauses])
  .describe("why an assertion is no pass: an id, the name of the object that it is about, and figures");

export function causeOf<Id extends CauseId>(id: Id, subject: string, params: CauseParams<Id>): Cause {
  // TypeScript does not see that id and params go together; the signature sees to it.
  return { id, subject, params } as Cause;
}
