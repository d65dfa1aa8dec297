import * as z from "zod";
import { cause, type Cause } from "./cause.ts";
import { count } from "./count.ts";
import { fault } from "./fault.ts";
import { faultAssertionShapes } from "./faultAssertions.ts";
import { metricSelector, metricState } from "./metric.ts";
import { moment } from "./moment.ts";
import { verdict, type Verdict } from "./verdict.ts";

const none = z.object({});
const seconds = z.number();
/** A Deployment as it was seen; `absent` where there was none. */
const replicasSeen = z.union([z.object({ desired: count, ready: count }), z.literal("absent")]);
export type ReplicasSeen = z.infer<typeof replicasSeen>;

const scalesOut = {
  expected: z.object({ ready: count, withinSeconds: seconds, after: moment }),
  measured: z.object({
    reachedAfterSeconds: seconds.nullable().describe("null where it was not reached"),
    mostReady: count,
    mostDesired: count,
  }),
};
const staysIdle = {
  expected: z.object({ replicas: count }),
  measured: z.object({
    readings: count,
    notAllReady: count.describe("readings in which a pod was not ready, which is no scaling"),
    deviations: count.describe("readings with another number of replicas"),
    first: z.object({ seen: replicasSeen, atSeconds: seconds }).nullable().describe("the first deviation"),
  }),
};
const staysEmpty = z.object({ messages: z.union([count, z.literal("absent")]), readings: count });
const steady = {
  expected: z.object({
    unit: z.enum(["percent of the request", "MiB", "replicas", "ms"]),
    allowedShare: z.number(),
    allowedAtLeast: z.number(),
  }),
  measured: z.object({ before: z.number(), last: z.number() }).describe("the middle and the last third of the load"),
};

/** An elasticity metric against its objective. */
function elasticity(unit: "replicas" | "share of time") {
  return {
    expected: z.object({ atMost: z.number().describe(unit) }),
    measured: z.object({ value: z.number().describe(unit) }),
  };
}

/** What each assertion claims and measures, in figures. Ids are stable: CI history, the mutants and whoever reads report.json key on them. */
export const assertionShapes = {
  "preconditions-met": { expected: none, measured: none },
  "preflight-checks-passed": { expected: none, measured: none },
  "load-delivered": {
    expected: z.object({ iterations: count.nullable().describe("null where nothing is sent and time passes") }),
    measured: z.object({ iterations: count, dropped: count }),
  },
  "failed-requests-within-objective": {
    expected: z.object({ maxFailedShare: z.number() }),
    measured: z.object({ failed: count, requests: count }),
  },
  "latency-within-objective": {
    expected: z.object({ p95Ms: z.number() }),
    measured: z.object({ p95Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }),
  },
  "faults-injected-and-reverted": {
    expected: z.object({ faults: z.array(fault) }),
    measured: z.object({ notInjected: z.array(fault), notReverted: count, killedPods: z.array(z.string()) }),
  },
  "starts-idle": { expected: z.object({ replicas: count }), measured: z.object({ seen: replicasSeen }) },
  "first-replica-ready": scalesOut,
  "scales-out": scalesOut,
  "scaled-on-own-metric": {
    expected: z.object({ metric: metricSelector }),
    measured: z.object({ peak: metricState }),
  },
  "scales-in": {
    expected: z.object({ replicas: count, withinSeconds: seconds, after: moment }),
    measured: z.object({
      afterSeconds: seconds.nullable().describe("null where it did not come back"),
      atEnd: replicasSeen,
    }),
  },
  "does-not-scale": staysIdle,
  "does-not-scale-below-activation": staysIdle,
  "messages-wait-below-activation": { expected: z.object({ messages: count }), measured: staysEmpty },
  "does-not-oscillate": {
    expected: z.object({ maxDirectionChanges: count }),
    measured: z.object({
      directionChanges: count.describe(
        "of desired replicas between the load's start and end, the first rise not counted",
      ),
      path: z.array(count).describe("desired replicas, each change"),
    }),
  },
  "under-provisioned-within-objective": elasticity("replicas"),
  "over-provisioned-within-objective": elasticity("replicas"),
  "under-provisioned-time-within-objective": elasticity("share of time"),
  "over-provisioned-time-within-objective": elasticity("share of time"),
  "query-holds": {
    expected: z.object({
      name: z.string(),
      query: z.string(),
      atLeast: z.number().nullable(),
      atMost: z.number().nullable(),
    }),
    measured: z.object({ value: z.number() }),
  },
  "no-traffic": { expected: none, measured: z.object({ counted: z.number(), scrapes: count.nullable() }) },
  "queue-stays-empty": { expected: none, measured: staysEmpty },
  "memory-steady": steady,
  "replicas-steady": steady,
  "latency-steady": steady,
  "all-processed": { expected: none, measured: z.object({ accepted: count, processed: count, waiting: count }) },
  "none-lost": { expected: none, measured: z.object({ accepted: count, lost: count }) },
  "none-dead-lettered": { expected: none, measured: z.object({ deadLettered: count }) },
  "all-accounted-for": {
    expected: none,
    measured: z.object({
      accepted: count,
      processedOnce: count,
      processedAgain: count,
      waiting: count,
      deadLettered: count,
      lost: count,
      unconfirmed: z.object({ total: count, processed: count, waiting: count, deadLettered: count, nowhere: count }),
    }),
  },
  "metric-matches-ledger": {
    expected: none,
    measured: z.object({
      counted: z.number(),
      inLedger: count,
      uncountedUpperBound: z.number().describe("that may be missing with workers that ended without a last scrape"),
      lostScrapes: count,
    }),
  },
  "processing-time-within-objective": {
    expected: z.object({ p95Seconds: seconds }),
    measured: z.object({ p50Seconds: seconds, p95Seconds: seconds, maxSeconds: seconds }),
  },
  "terminated-gracefully": { expected: none, measured: z.object({ gracefully: count, scaledIn: count }) },
  "no-lock-lost": { expected: none, measured: z.object({ lost: z.number() }) },
  "redeliveries-within-bound": {
    expected: z.object({
      bound: count,
      concurrency: count
        .nullable()
        .describe("WORKER_CONCURRENCY of the live Deployment; null where it could not be read"),
      killed: count,
    }),
    measured: z.object({ redeliveries: count, orders: count }),
  },
  ...faultAssertionShapes,
} as const satisfies Record<string, { expected: z.ZodObject; measured: z.ZodObject }>;

export type AssertionId = keyof typeof assertionShapes;
export type Expected<Id extends AssertionId> = z.infer<(typeof assertionShapes)[Id]["expected"]>;
export type Measured<Id extends AssertionId> = z.infer<(typeof assertionShapes)[Id]["measured"]>;
export const assertionIds = Object.keys(assertionShapes) as AssertionId[];

/** What an assertion is about: a workload, or a part of the run. */
const subject = z.string().describe("a workload, a queue of the target, or a part of the run: load, orders, scenario");
export type Subject = z.infer<typeof subject>;

/** What is claimed, before anything is known of it. */
export type Claim<Id extends AssertionId = AssertionId> = {
  [One in Id]: { readonly id: One; readonly subject: Subject; readonly expected: Expected<One> };
}[Id];

interface Outcome<Id extends AssertionId> {
  readonly status: Verdict;
  /** `configuration`: no load was run, since the live configuration alone rules a pass out. */
  readonly basis: "measurement" | "configuration";
  /** Null where nothing was measured. */
  readonly measured: Measured<Id> | null;
  /** Why it is no pass; the likeliest first. */
  readonly causes: readonly Cause[];
}

/** One thing that was claimed, and what was measured. Its sentences are in report/texts. */
export type Assertion<Id extends AssertionId = AssertionId> = { [One in Id]: Claim<One> & Outcome<One> }[Id];

const [firstAssertion, ...otherAssertions] = assertionIds.map((id) =>
  z.object({
    id: z.literal(id),
    subject,
    status: verdict,
    basis: z
      .enum(["measurement", "configuration"])
      .describe("`configuration`: no load was run, the configuration rules it out"),
    expected: assertionShapes[id].expected.describe("what was claimed, in figures"),
    measured: assertionShapes[id].measured.nullable().describe("what was seen, in figures; null where nothing was"),
    causes: z.array(cause).describe("why it is no pass, the likeliest first"),
    text: z
      .object({ name: z.string(), expected: z.string(), measured: z.string(), reason: z.string().optional() })
      .describe("the same for people; its wording may change in any version"),
  }),
);
if (firstAssertion === undefined) throw new Error("there are no assertions");
/** For report.json. */
export const assertion = z.discriminatedUnion("id", [firstAssertion, ...otherAssertions]);

export function passed<Id extends AssertionId>(claim: Claim<Id>, measured: Measured<Id>): Assertion {
  return outcome(claim, { status: "pass", measured, causes: [] });
}

export function failed<Id extends AssertionId>(
  claim: Claim<Id>,
  measured: Measured<Id> | null,
  ...causes: readonly Cause[]
): Assertion {
  return outcome(claim, { status: "fail", measured, causes });
}

export function inconclusive<Id extends AssertionId>(
  claim: Claim<Id>,
  measured: Measured<Id> | null,
  ...causes: readonly Cause[]
): Assertion {
  return outcome(claim, { status: "inconclusive", measured, causes });
}

/** Failed by the live configuration, so that no load had to be run. */
export function ruledOut<Id extends AssertionId>(claim: Claim<Id>, ...causes: readonly Cause[]): Assertion {
  return outcome(claim, { status: "fail", basis: "configuration", measured: null, causes });
}

function outcome<Id extends AssertionId>(
  claim: Claim<Id>,
  of: Omit<Outcome<Id>, "basis"> & Partial<Outcome<Id>>,
): Assertion {
  // TypeScript does not see that claim and figures go together; the callers' signatures see to it.
  return { ...claim, basis: "measurement", ...of } as unknown as Assertion;
}
