import type { AssertionId, Expected, Measured, Subject } from "../../model/assertion.ts";
import type { CauseParams } from "../../model/cause.ts";
import type { faultAssertionShapes, faultCauseParams } from "../../model/faultAssertions.ts";
import { formatCount, formatDuration, formatNumber } from "../format.ts";

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
};

export const FAULT_CAUSE_TEXTS: {
  readonly [Id in FaultCauseId]: (params: CauseParams<Id>, subject: string) => string;
} = {
  "commits-unreadable": ({ error }) => `the commits could not be read: ${error}`,
  "commits-differ": () => "the ledger says which are missing, or came from elsewhere",
  "no-redelivery-seen": () => "nothing was redelivered: what was killed held nothing",
  "redelivered-late": ({ seconds, examples }) =>
    `committed ${formatDuration(seconds)} after the kill, for example ${examples.slice(0, 3).join(", ")}`,
  "lock-time-unreadable": ({ error }) => `the queue's lock time could not be read: ${error}`,
  "container-restarted": ({ restarts, endedBecause }, subject) =>
    `${subject} was restarted ${formatCount(restarts, "time")}${endedBecause === null ? "" : `: ${endedBecause}`}`,
};
