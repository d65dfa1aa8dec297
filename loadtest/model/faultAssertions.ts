import * as z from "zod";
import { count } from "./count.ts";

const none = z.object({});
const seconds = z.number();

/** What scenarios claim that break something; beside those of model/assertion.ts. */
export const faultAssertionShapes = {
  "commits-counted": { expected: z.object({ commits: count }), measured: z.object({ commits: count }) },
  "duplicates-absorbed": { expected: z.object({ atLeast: count }), measured: z.object({ duplicates: count }) },
  "redelivered-within-lock-time": {
    expected: z.object({
      lockSeconds: seconds.nullable().describe("of the live queue; null where it could not be read"),
      marginSeconds: seconds,
      kills: count,
    }),
    measured: z.object({
      redelivered: count.describe("orders that were committed long after those that came with them"),
      slowestSeconds: seconds.nullable().describe("from the kill to the commit; null where none was redelivered"),
    }),
  },
  "not-restarted": {
    expected: none,
    measured: z.object({ restarts: count.describe("of pods that the proof did not kill"), pods: count }),
  },
  "poison-dead-lettered": {
    expected: z.object({ messages: count, reason: z.string() }),
    measured: z.object({
      deadLettered: count,
      withReason: count,
      mostDeliveries: count.describe("of any of them; 0 where none is dead-lettered"),
    }),
  },
  "age-less-than-doubled": {
    expected: z.object({ factor: z.number() }),
    measured: z.object({
      beforeOrders: count,
      beforeP95Ms: z.number().nullable().describe("from the queue to the commit; null of too few orders"),
      underFaultOrders: count,
      underFaultP95Ms: z.number().nullable(),
    }),
  },
  "answered-in-time": {
    expected: z.object({ withinSeconds: seconds, statuses: z.array(count) }),
    measured: z.object({ rejected: count, slowestSeconds: seconds.describe("of those that were rejected") }),
  },
  "accepting-again": {
    expected: z.object({ withinSeconds: seconds, after: z.enum(["queue-readable", "last-fault"]) }),
    measured: z.object({
      rejected: count,
      lastAfterSeconds: seconds.nullable().describe("when the last one was sent; null where there was none"),
    }),
  },
  "replicas-kept": {
    expected: z.object({ seconds }),
    measured: z.object({ atFault: count, fewest: count.describe("desired after it"), readings: count }),
  },
  "throughput-falls": {
    expected: z.object({ share: z.number().describe("of what is committed otherwise") }),
    measured: z.object({
      cutSeconds: seconds.describe("for which connections were cut, all in all"),
      cutPerSecond: z.number().describe("orders committed a second meanwhile"),
      otherwisePerSecond: z.number().describe("from the first commit to the last, without those seconds"),
    }),
  },
  "unseen-called-gap": {
    expected: z.object({ seconds }),
    measured: z.object({ readings: count.describe("that were due"), gaps: count }),
  },
  "failed-in-flight-only": {
    expected: z.object({ marginSeconds: seconds }),
    measured: z.object({
      failed: count,
      otherwise: count.describe("of them that were neither in flight at a kill nor sent right after it"),
      committedTwice: count.nullable().describe("orders whose second message came to the commit; null where unknown"),
      lastAfterSeconds: seconds.nullable().describe("from the kill to when the last one was sent; null where none"),
    }),
  },
  "processing-held": {
    expected: z.object({ heldSeconds: seconds.describe("at least"), withinSeconds: seconds }),
    measured: z.object({
      heldSeconds: seconds.describe("the longest time without a commit, from the fault to the first commit after it"),
      resumedAfterSeconds: seconds
        .nullable()
        .describe("from what was restored to the next commit; null where none came"),
    }),
  },
  "evicted-within-budget": {
    expected: z.object({ available: count.describe("replicas that stay ready") }),
    measured: z.object({
      evicted: count.describe("pods"),
      refused: count.describe("requests to evict one, each asked again later"),
      fewestReady: count.nullable().describe("from the first request on; null where nothing was read"),
    }),
  },
  "abuse-refused": {
    expected: z.object({ connections: count.describe("held at once") }),
    measured: z.object({
      refused: z.record(z.string(), z.record(z.string(), count)).describe("by kind of abuse, then by status"),
      otherwise: count.describe("answered by another status, or not at all"),
      mostHeld: count,
    }),
  },
  "latency-less-than-doubled": {
    expected: z.object({ factor: z.number() }),
    measured: z.object({ beforeP99Ms: z.number(), underFaultP99Ms: z.number() }),
  },
  "memory-bounded": {
    expected: z.object({ atMostMiB: z.number() }),
    measured: z.object({ mostMiB: z.number().describe("resident, of any pod at any scrape") }),
  },
  "no-invalid-order-accepted": { expected: none, measured: z.object({ accepted: count }) },
} as const;

/** Why they do not hold; beside those of model/cause.ts. */
export const faultCauseParams = {
  "commits-unreadable": z.object({ error: z.string() }),
  "commits-differ": none,
  "duplicates-not-counted": none,
  "no-redelivery-seen": none,
  "redelivered-late": z.object({ seconds, examples: z.array(z.string()) }),
  "lock-time-unreadable": z.object({ error: z.string() }),
  "dead-letters-unreadable": z.object({ error: z.string() }),
  "no-poison-sent": none,
  "poison-not-dead-lettered-at-once": z.object({ examples: z.array(z.string()) }),
  "too-few-orders": z.object({ atLeast: count }),
  "age-doubled": none,
  "fault-not-seen": z.object({ rejected: count }),
  "answered-otherwise": z.object({
    count,
    examples: z.array(z.object({ status: count.describe("0 for no answer"), seconds })),
  }),
  "accepting-late": none,
  "replicas-fell": none,
  "unseen-called-otherwise": z.object({ atSeconds: seconds.describe("after the fault, of the first one") }),
  "abuse-answers-unreadable": z.object({ error: z.string() }),
  "abuse-answered-otherwise": none,
  "abuse-not-delivered": none,
  "latency-doubled": none,
  "locks-ended-early": none,
  "memory-unreadable": z.object({ error: z.string() }),
  "memory-exceeded": none,
  "invalid-orders-accepted": z.object({ examples: z.array(z.string()) }),
  "processing-resumed-late": none,
  "eviction-refused": z.object({ error: z.string() }),
  "fewer-than-budget": z.object({ fewest: count }),
  "evicted-pod-failed": z.object({ exitCode: count }),
  "no-eviction-refused": none,
  "container-restarted": z.object({ restarts: count, endedBecause: z.string().nullable() }),
} as const;
