import type { Assertion, AssertionId, Expected, Measured, ReplicasSeen, Subject } from "../../model/assertion.ts";
import { formatAmount } from "../amount.ts";
import { formatCount, formatDuration, formatMilliseconds, formatNumber, formatPercent } from "../format.ts";
import { balanceText } from "./balanceText.ts";
import { causesText } from "./causeTexts.ts";
import { FAULT_ASSERTION_TEXTS } from "./faultAssertionTexts.ts";
import { faultText } from "./faultTexts.ts";
import { readingText, selectorText } from "./metricText.ts";
import { momentText } from "./momentText.ts";
import { queueName } from "./queueText.ts";

/** The sentences of an assertion. */
export interface AssertionText {
  name: string;
  expected: string;
  measured: string;
  /** Why it is no pass. */
  reason?: string;
}

type Texts = {
  readonly [Id in AssertionId]: {
    name: (subject: Subject, expected: Expected<Id>) => string;
    expected: (expected: Expected<Id>) => string;
    measured: (measured: Measured<Id>, expected: Expected<Id>, subject: Subject) => string;
  };
};

const scalesOut = {
  expected: ({ ready, withinSeconds, after }: Expected<"scales-out">) =>
    `at least ${formatCount(ready, "ready replica")} within ${formatDuration(withinSeconds)} of ${momentText(after)}`,
  measured: (
    { reachedAfterSeconds, mostReady, mostDesired }: Measured<"scales-out">,
    { ready }: Expected<"scales-out">,
  ) =>
    reachedAfterSeconds === null
      ? `at most ${formatNumber(mostReady)} ready, ${formatNumber(mostDesired)} desired`
      : `${formatNumber(ready)} ready after ${formatDuration(reachedAfterSeconds)}, at most ${formatNumber(mostReady)}`,
};
const staysIdle = (until: string) => ({
  expected: ({ replicas }: Expected<"does-not-scale">) => `${formatCount(replicas, "replica")} ${until}`,
  measured: (
    { readings, notAllReady, deviations, first }: Measured<"does-not-scale">,
    { replicas }: { replicas: number },
  ) =>
    first !== null
      ? `${seenText(first.seen)} at ${formatDuration(first.atSeconds)}; ${formatNumber(deviations)} of ${formatCount(readings, "reading")} differ`
      : `${formatNumber(replicas)} in all of ${formatCount(readings, "reading")}${notAllReady === 0 ? "" : `, not all ready in ${formatNumber(notAllReady)}`}`,
});
const messagesSeen = ({ messages, readings }: Measured<"queue-stays-empty">): string =>
  messages === "absent"
    ? "no such queue"
    : `at most ${formatCount(messages, "message")} in ${formatCount(readings, "reading")}`;
const steady = (what: string) => ({
  name: (subject: Subject) => (subject === "load" ? `${what} steady` : `${subject}: ${what} steady`),
  expected: ({ unit, allowedShare, allowedAtLeast }: Expected<"memory-steady">) =>
    `last third of the load at most ${formatNumber(allowedAtLeast)} ${unit}${allowedShare > 0 ? ` or ${formatPercent(allowedShare)}` : ""} above the one before`,
  measured: ({ before, last }: Measured<"memory-steady">, { unit }: Expected<"memory-steady">) =>
    `${formatNumber(before)}, then ${formatNumber(last)} ${unit}`,
});
const elasticity = (what: string, few: string) => ({
  name: (subject: Subject) => `${subject}: ${what} within objective`,
  expected: ({ atMost }: Expected<"under-provisioned-within-objective">) =>
    `on average at most ${formatFew(atMost)} ${few}`,
  measured: ({ value }: Measured<"under-provisioned-within-objective">) => `on average ${formatFew(value)} ${few}`,
});
const elasticityTime = (what: string, few: string) => ({
  name: (subject: Subject) => `${subject}: ${what} within objective`,
  expected: ({ atMost }: Expected<"under-provisioned-time-within-objective">) =>
    `${few} for at most ${formatPercent(atMost)} of the time`,
  measured: ({ value }: Measured<"under-provisioned-time-within-objective">) =>
    `${few} for ${formatPercent(value)} of the time`,
});

const TEXTS: Texts = {
  ...FAULT_ASSERTION_TEXTS,
  "preconditions-met": {
    name: () => "preconditions met",
    expected: () =>
      "everything reachable and idle: the queue empty, each workload at its minimum, its metrics below their targets",
    measured: () => "no load was run",
  },
  "preflight-checks-passed": {
    name: () => "preflight checks passed",
    expected: () => "no preflight check reports an error",
    measured: () => "no load was run",
  },
  "load-delivered": {
    name: () => "load delivered as declared",
    expected: ({ iterations }) =>
      iterations === null ? "nothing is sent, and the time passes" : formatCount(iterations, "iteration"),
    measured: ({ iterations, dropped }, expected) =>
      expected.iterations === null
        ? "the time passed"
        : `${formatCount(iterations, "iteration")}, ${formatNumber(dropped)} dropped`,
  },
  "failed-requests-within-objective": {
    name: () => "failed requests within objective",
    expected: ({ maxFailedShare }) =>
      maxFailedShare === 0 ? "0 failed requests" : `at most ${formatPercent(maxFailedShare)} failed`,
    measured: ({ failed, requests }) => `${formatNumber(failed)} of ${formatCount(requests, "request")} failed`,
  },
  "latency-within-objective": {
    name: () => "latency within objective",
    expected: ({ p95Ms }) => `p95 at most ${formatMilliseconds(p95Ms)}`,
    measured: ({ p95Ms, p99Ms, maxMs }) =>
      `p95 ${formatMilliseconds(p95Ms)}, p99 ${formatMilliseconds(p99Ms)}, max ${formatMilliseconds(maxMs)}`,
  },
  "faults-injected-and-reverted": {
    name: () => "faults injected and reverted",
    expected: ({ faults }) => faults.map(faultText).join("; "),
    measured: ({ notInjected: [first], notReverted, killedPods }) =>
      notReverted > 0
        ? "not everything was reverted"
        : first !== undefined
          ? `not injected: ${faultText(first)}`
          : `all injected and reverted${killedPods.map((pod) => `, killed ${pod}`).join("")}`,
  },
  "starts-idle": {
    name: (subject, { replicas }) => `${subject} starts at ${formatNumber(replicas)}`,
    expected: ({ replicas }) => `${formatCount(replicas, "replica")}, desired and ready`,
    measured: ({ seen }) => seenText(seen),
  },
  "first-replica-ready": { name: (subject) => `${subject}: first replica ready within objective`, ...scalesOut },
  "scales-out": {
    name: (subject, { ready }) => `${subject} scales out to at least ${formatNumber(ready)}`,
    ...scalesOut,
  },
  "scaled-on-own-metric": {
    name: (subject) => `${subject} scaled on its own metric`,
    expected: ({ metric }) => `${selectorText(metric)} above its target, as the HPA read it`,
    measured: ({ peak }) => `at most ${readingText(peak)}`,
  },
  "scales-in": {
    name: (subject, { replicas }) => `${subject} scaled in to ${formatNumber(replicas)}`,
    expected: ({ replicas, withinSeconds, after }) =>
      `${formatCount(replicas, "replica")} within ${formatDuration(withinSeconds)} of ${momentText(after)}`,
    measured: ({ afterSeconds, atEnd }, { replicas, after }) =>
      afterSeconds === null
        ? `${seenText(atEnd)} at the end`
        : `${formatNumber(replicas)} again ${formatDuration(afterSeconds)} after ${momentText(after)}`,
  },
  "does-not-scale": {
    name: (subject, { replicas }) => `${subject} stays at ${formatNumber(replicas)}`,
    ...staysIdle("throughout"),
  },
  "does-not-scale-below-activation": {
    name: (subject, { replicas }) => `${subject} stays at ${formatNumber(replicas)} below its activation threshold`,
    ...staysIdle("until the activation threshold is restored"),
  },
  "messages-wait-below-activation": {
    name: (subject) =>
      subject === "queue"
        ? "messages wait below the activation threshold"
        : `messages wait on ${queueName(subject)} below the activation threshold`,
    expected: ({ messages }) => `${formatCount(messages, "message")} on the queue until the threshold is restored`,
    measured: messagesSeen,
  },
  "no-traffic": {
    name: (subject) => `${subject}: no traffic`,
    expected: () => "0 by its own counter",
    measured: ({ counted, scrapes }) =>
      scrapes === null
        ? `${formatNumber(counted)} counted`
        : `${formatNumber(counted)} in ${formatCount(scrapes, "scrape")}`,
  },
  "queue-stays-empty": {
    name: (subject) => `${queueName(subject)} stays empty`,
    expected: () => "0 messages throughout",
    measured: messagesSeen,
  },
  "does-not-oscillate": {
    name: (subject) => `${subject} does not oscillate`,
    expected: ({ maxDirectionChanges }) =>
      `at most ${formatCount(maxDirectionChanges, "change")} of direction while the load lasts`,
    measured: ({ directionChanges, path }) =>
      `${formatCount(directionChanges, "change")} of direction${path.length > 1 ? `: ${pathText(path)}` : ""}`,
  },
  "under-provisioned-within-objective": elasticity("under-provisioning", "replicas too few"),
  "over-provisioned-within-objective": elasticity("over-provisioning", "replicas too many"),
  "under-provisioned-time-within-objective": elasticityTime("time under-provisioned", "too few"),
  "over-provisioned-time-within-objective": elasticityTime("time over-provisioned", "too many"),
  "query-holds": {
    name: (subject, { name }) => `query ${name} holds${subject === "scenario" ? "" : ` of ${subject}`}`,
    expected: ({ query, atLeast, atMost }) => `${query} ${boundsText(atLeast, atMost)}`,
    measured: ({ value }) => formatAmount(value, "own"),
  },
  "memory-steady": steady("memory"),
  "replicas-steady": steady("replicas"),
  "latency-steady": steady("latency"),
  "all-processed": {
    name: (subject) => `every ${singular(subject)} processed`,
    expected: () => "processed = accepted",
    measured: ({ accepted, processed, waiting }) =>
      `${formatNumber(processed)} of ${formatNumber(accepted)} processed, ${formatNumber(waiting)} waiting`,
  },
  "none-lost": {
    name: (subject) => `no ${singular(subject)} lost`,
    expected: () => "0 lost",
    measured: ({ accepted, lost }) => `${formatNumber(lost)} of ${formatNumber(accepted)} lost`,
  },
  "none-dead-lettered": {
    name: (subject) => `no ${singular(subject)} dead-lettered`,
    expected: () => "0 dead-lettered",
    measured: ({ deadLettered }) => `${formatNumber(deadLettered)} dead-lettered`,
  },
  "all-accounted-for": {
    name: (subject) => `every ${singular(subject)} accounted for`,
    expected: () => "accepted = processed once + processed again + waiting + dead-lettered + lost",
    measured: accountText,
  },
  "metric-matches-ledger": {
    name: (subject) => `${subject} metric matches the ledger`,
    expected: () => "as many deliveries counted as the ledger knows of",
    measured: ({ counted, inLedger, uncountedUpperBound, lostScrapes }) =>
      `${formatNumber(counted)} counted, ${formatNumber(inLedger)} in the ledger` +
      (lostScrapes === 0
        ? ""
        : `; up to ${formatNumber(uncountedUpperBound)} uncounted with ${formatCount(lostScrapes, "lost last scrape")}`),
  },
  "processing-time-within-objective": {
    name: () => "processing time within objective",
    expected: ({ p95Seconds }) => `p95 at most ${formatDuration(p95Seconds)}`,
    measured: ({ p50Seconds, p95Seconds, maxSeconds }) =>
      `p50 ${formatDuration(p50Seconds)}, p95 ${formatDuration(p95Seconds)}, max ${formatDuration(maxSeconds)}`,
  },
  "terminated-gracefully": {
    name: (subject) => `scaled-in pods of ${subject} terminated gracefully`,
    expected: () => "each ends by itself with exit code 0, but for the killed one",
    measured: ({ gracefully, scaledIn }) => `${formatNumber(gracefully)} of ${formatNumber(scaledIn)} did`,
  },
  "no-lock-lost": {
    name: () => "no lock lost",
    expected: () => "0 locks lost, but for the killed pod's",
    measured: ({ lost }) => `${formatNumber(lost)} lost`,
  },
  "redeliveries-within-bound": {
    name: () => "redeliveries within bound",
    expected: ({ bound, concurrency }) =>
      `at most ${formatNumber(bound)}: what the killed pod had in flight (WORKER_CONCURRENCY ${concurrency === null ? "unknown" : formatNumber(concurrency)})`,
    measured: ({ redeliveries, orders }, _expected, subject) =>
      `${formatCount(redeliveries, "redelivery", "redeliveries")} of ${formatCount(orders, singular(subject), subject)}, deduplicated`,
  },
};

/** What a person reads of an assertion, wherever it is shown. */
export function assertionText(assertion: Assertion): AssertionText {
  const { id, subject, expected, measured, basis, causes } = assertion;
  // TypeScript does not see that figures and id go together; the assertion's type sees to it.
  const texts = TEXTS[id] as unknown as Texts["scales-out"];
  const claimed = expected as Expected<"scales-out">;
  const seen = measured as Measured<"scales-out"> | null;
  return {
    name: texts.name(subject, claimed),
    expected: texts.expected(claimed),
    measured:
      seen !== null ? texts.measured(seen, claimed, subject) : basis === "configuration" ? RULED_OUT : "nothing",
    ...(causes.length === 0 ? {} : { reason: causesText(causes) }),
  };
}

/** `1 → 3 → 2`, its middle left out where it is long. */
export function pathText(path: readonly number[]): string {
  const shown = path.length <= LONGEST_PATH ? path : [...path.slice(0, LONGEST_PATH - 2), "…", ...path.slice(-1)];
  return shown.map((step) => (typeof step === "number" ? formatNumber(step) : step)).join(" → ");
}

const LONGEST_PATH = 16;

const RULED_OUT = "no load was run: the configuration rules it out";

function accountText({ unconfirmed, ...of }: Measured<"all-accounted-for">): string {
  const balance = balanceText(of);
  if (unconfirmed.total === 0) return balance;
  const became = `${formatNumber(unconfirmed.processed)} processed, ${formatNumber(unconfirmed.waiting)} waiting, ${formatNumber(unconfirmed.deadLettered)} dead-lettered, ${formatNumber(unconfirmed.nowhere)} nowhere`;
  return `${balance}; besides ${formatNumber(unconfirmed.total)} unconfirmed: ${became}`;
}

function seenText(seen: ReplicasSeen): string {
  return seen === "absent"
    ? "no such workload"
    : `${formatNumber(seen.desired)} desired, ${formatNumber(seen.ready)} ready`;
}

/** One of what is counted, by the name of all: `order` of `orders`. */
function singular(subject: Subject): string {
  return subject.replace(/s$/, "");
}

/** Replicas on average, which are few: two digits after the point tell them apart. */
function formatFew(replicas: number): string {
  return String(Math.round(replicas * 100) / 100);
}

function boundsText(atLeast: number | null, atMost: number | null): string {
  const bound = (value: number): string => formatAmount(value, "own");
  if (atLeast !== null && atMost !== null) return `from ${bound(atLeast)} to ${bound(atMost)}`;
  if (atLeast !== null) return `at least ${bound(atLeast)}`;
  return atMost === null ? "has a value" : `at most ${bound(atMost)}`;
}
