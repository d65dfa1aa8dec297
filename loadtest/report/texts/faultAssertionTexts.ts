import type { AssertionId, Expected, Measured, Subject } from "../../model/assertion.ts";
import type { CauseParams } from "../../model/cause.ts";
import type { faultAssertionShapes, faultCauseParams } from "../../model/faultAssertions.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../format.ts";

type FaultAssertionId = keyof typeof faultAssertionShapes & AssertionId;
type FaultCauseId = keyof typeof faultCauseParams;

/** The sentences of model/faultAssertions.ts. */
export const FAULT_ASSERTION_TEXTS: {
  readonly [Id in FaultAssertionId]: {
    name: (subject: Subject, expected: Expected<Id>) => string;
    expected: (expected: Expected<Id>) => string;
    measured: (measured: Measured<Id>, expected: Expected<Id>, subject: Subject) => string;
  };
} = {
  "commits-counted": {
    name: (_subject, { commits }) => formatCount(commits, "commit"),
    expected: ({ commits }) => `exactly ${formatCount(commits, "commit")}`,
    measured: ({ commits }) => `${formatNumber(commits)} committed`,
  },
  "duplicates-absorbed": {
    name: () => "duplicates absorbed",
    expected: ({ atLeast }) => `at least ${formatCount(atLeast, "message")} of what was committed already`,
    measured: ({ duplicates }) => `${formatNumber(duplicates)} absorbed`,
  },
  "redelivered-within-lock-time": {
    name: () => "redelivered within lock time",
    expected: ({ lockSeconds, marginSeconds }) =>
      `what a killed pod held is committed within its lock time${lockSeconds === null ? "" : ` of ${formatDuration(lockSeconds)}`} and ${formatDuration(marginSeconds)}`,
    measured: ({ redelivered, slowestSeconds }) =>
      `${formatNumber(redelivered)} redelivered${slowestSeconds === null ? "" : `, the last ${formatDuration(slowestSeconds)} after its kill`}`,
  },
  "not-restarted": {
    name: (subject) => `${subject} not restarted`,
    expected: () => "no container ended, but in killed pods",
    measured: ({ restarts, pods }) => `${formatCount(restarts, "restart")} of ${formatCount(pods, "pod")}`,
  },
  "poison-dead-lettered": {
    name: () => "poison dead-lettered at once",
    expected: ({ messages, reason }) =>
      `${formatCount(messages, "poison message")} dead-lettered at the first delivery, with reason ${reason}`,
    measured: ({ deadLettered, withReason, mostDeliveries }) =>
      `${formatNumber(deadLettered)} dead-lettered, ${formatNumber(withReason)} with that reason, after ${formatCount(mostDeliveries, "delivery", "deliveries")} at most`,
  },
  "age-less-than-doubled": {
    name: () => "p95 age less than doubled",
    expected: ({ factor }) => `less than ${formatNumber(factor)} times as before`,
    measured: ({ beforeP95Ms, underFaultP95Ms }) => `p95 ${ms(beforeP95Ms)} before, ${ms(underFaultP95Ms)} meanwhile`,
  },
  "answered-in-time": {
    name: () => "rejected in time",
    expected: ({ withinSeconds, statuses }) =>
      `what is rejected is answered ${statuses.join(" or ")} within ${formatDuration(withinSeconds)}`,
    measured: ({ rejected, slowestSeconds }) =>
      `${formatNumber(rejected)} rejected, the slowest answer took ${formatDuration(slowestSeconds)}`,
  },
  "accepting-again": {
    name: () => "accepting again",
    expected: ({ withinSeconds, after }) =>
      `nothing rejected ${formatDuration(withinSeconds)} after ${after === "last-fault" ? "the fault" : "the queue could be read again"}`,
    measured: ({ rejected, lastAfterSeconds }) =>
      lastAfterSeconds === null
        ? "nothing was rejected"
        : `${formatNumber(rejected)} rejected, the last ${formatDuration(lastAfterSeconds)} after it`,
  },
  "replicas-kept": {
    name: (subject) => `${subject} keeps its replicas`,
    expected: ({ seconds }) => `no fewer desired for ${formatDuration(seconds)} after the fault`,
    measured: ({ atFault, fewest }) =>
      `${formatNumber(atFault)} desired at the fault, ${formatNumber(fewest)} at the fewest after it`,
  },
  "throughput-falls": {
    name: () => "throughput falls",
    expected: ({ share }) =>
      `while connections are cut less than ${formatPercent(share)} as many a second are committed as otherwise`,
    measured: ({ cutSeconds, cutPerSecond, otherwisePerSecond }) =>
      `${formatNumber(cutPerSecond)} a second in the ${formatDuration(cutSeconds)} of cuts, ${formatNumber(otherwisePerSecond)} otherwise`,
  },
  "unseen-called-gap": {
    name: (subject) => `${subject}: what was not seen is a gap`,
    expected: ({ seconds }) => `every reading in ${formatDuration(seconds)} after the fault is a gap`,
    measured: ({ readings, gaps }) => `${formatNumber(gaps)} of ${formatCount(readings, "reading")}`,
  },
  "failed-in-flight-only": {
    name: () => "failed in flight only",
    expected: ({ marginSeconds }) =>
      `requests fail only in flight at the kill or within ${formatDuration(marginSeconds)} after it; none is committed twice`,
    measured: ({ failed, otherwise, lastAfterSeconds }) =>
      `${formatNumber(failed)} failed${lastAfterSeconds === null ? "" : `, the last sent ${formatNumber(lastAfterSeconds)} s after the kill was seen`}; ${formatNumber(otherwise)} otherwise`,
  },
  "processing-held": {
    name: () => "processing held and resumed",
    expected: ({ heldSeconds, withinSeconds }) =>
      `no commit for ${formatDuration(heldSeconds)} under the fault, the next within ${formatDuration(withinSeconds)} after it`,
    measured: ({ heldSeconds, resumedAfterSeconds }) =>
      `none for ${formatDuration(heldSeconds)}, ${resumedAfterSeconds === null ? "none after it" : `the next ${formatDuration(resumedAfterSeconds)} after it`}`,
  },
  "evicted-within-budget": {
    name: (subject) => `${subject} evicted within its budget`,
    expected: ({ available }) =>
      `every pod goes by itself, one waits for the PodDisruptionBudget, ${formatNumber(available)} ready throughout`,
    measured: ({ evicted, refused, fewestReady }) =>
      `${formatCount(evicted, "pod")} evicted, ${formatCount(refused, "request")} refused, ${fewestReady === null ? "unknown" : formatNumber(fewestReady)} ready at the fewest`,
  },
  "abuse-refused": {
    name: () => "abuse refused",
    expected: ({ connections }) =>
      `every abusive request refused by a status for it, ${formatCount(connections, "connection")} held at once`,
    measured: ({ refused, otherwise, mostHeld }) =>
      `${Object.entries(refused)
        .map(([kind, byStatus]) => `${kind} ${statusesText(byStatus)}`)
        .join("; ")}; ${formatNumber(otherwise)} otherwise; ${formatNumber(mostHeld)} held at once`,
  },
  "latency-less-than-doubled": {
    name: () => "p99 latency less than doubled",
    expected: ({ factor }) => `less than ${formatNumber(factor)} times as before`,
    measured: ({ beforeP99Ms, underFaultP99Ms }) => `p99 ${ms(beforeP99Ms)} before, ${ms(underFaultP99Ms)} meanwhile`,
  },
  "memory-bounded": {
    name: (subject) => `${subject}: memory bounded`,
    expected: ({ atMostMiB }) => `at most ${formatNumber(atMostMiB)} MiB of a pod`,
    measured: ({ mostMiB }) => `${formatNumber(mostMiB)} MiB at the most`,
  },
  "no-invalid-order-accepted": {
    name: () => "nothing invalid accepted",
    expected: () => "none",
    measured: ({ accepted }) => `${formatNumber(accepted)} accepted`,
  },
};

export const FAULT_CAUSE_TEXTS: {
  readonly [Id in FaultCauseId]: (params: CauseParams<Id>, subject: string) => string;
} = {
  "commits-unreadable": ({ error }) => `the commits could not be read: ${error}`,
  "commits-differ": () => "the ledger says which are missing, or came from elsewhere",
  "duplicates-not-counted": () => "some were dropped before the commit, or not counted there",
  "no-redelivery-seen": () => "nothing was redelivered: what was killed held nothing",
  "redelivered-late": ({ seconds, examples }) =>
    `committed ${formatDuration(seconds)} after the kill, for example ${examples.slice(0, 3).join(", ")}`,
  "lock-time-unreadable": ({ error }) => `the queue's lock time could not be read: ${error}`,
  "dead-letters-unreadable": ({ error }) => `the dead-letter queue could not be read: ${error}`,
  "no-poison-sent": () => "the load sent none",
  "poison-not-dead-lettered-at-once": ({ examples }) => `otherwise: ${examples.slice(0, 3).join(", ")}`,
  "too-few-orders": ({ atLeast }) => `fewer than ${formatCount(atLeast, "message")} to compare`,
  "age-doubled": () => "the fault makes the others wait",
  "fault-not-seen": () => "the fault was not seen to have an effect",
  "answered-otherwise": ({ count, examples }) =>
    `${formatCount(count, "answer")} otherwise, for example ${examples.map(({ status, seconds }) => `${status === 0 ? "none" : status} after ${formatDuration(seconds)}`).join(", ")}`,
  "accepting-late": () => "it did not reconnect in time",
  "replicas-fell": () => "it was scaled in although its metric could not be read",
  "unseen-called-otherwise": ({ atSeconds }) =>
    `${formatDuration(atSeconds)} after the fault the report says what nobody can have read`,
  "abuse-answers-unreadable": ({ error }) => `what abusive requests were answered could not be read: ${error}`,
  "abuse-answered-otherwise": () => "some were not refused, or got no answer",
  "abuse-not-delivered": () => "fewer connections were held than declared, or a kind of abuse was not sent",
  "locks-ended-early": () => "locks ended before their messages were settled: they were not renewed in time",
  "latency-doubled": () => "abuse makes the others wait",
  "memory-unreadable": ({ error }) => `its memory could not be read: ${error}`,
  "memory-exceeded": () => "what clients send or hold is not bounded",
  "invalid-orders-accepted": ({ examples }) => `for example ${examples.slice(0, 3).join(", ")}`,
  "processing-resumed-late": () => "processing did not resume in time",
  "eviction-refused": ({ error }, subject) => `${subject} was never evicted: ${error}`,
  "fewer-than-budget": ({ fewest }) => `only ${formatNumber(fewest)} were ready`,
  "evicted-pod-failed": ({ exitCode }, subject) => `${subject} ended with exit code ${exitCode}`,
  "no-eviction-refused": () => "no eviction had to wait for the budget",
  "container-restarted": ({ restarts, endedBecause }, subject) =>
    `${subject} was restarted ${formatCount(restarts, "time")}${endedBecause === null ? "" : `: ${endedBecause}`}`,
};

function ms(value: number | null): string {
  return value === null ? "unknown" : `${formatNumber(value)} ms`;
}

/** `120 × 400, 3 × 415`. */
function statusesText(byStatus: Readonly<Record<string, number>>): string {
  return Object.entries(byStatus)
    .map(([status, times]) => `${formatNumber(times)} × ${status}`)
    .join(", ");
}
