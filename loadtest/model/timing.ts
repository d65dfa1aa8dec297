import * as z from "zod";
import { type ById, byId } from "./byId.ts";
import { count } from "./count.ts";
import { metricIdentity } from "./metric.ts";
import { workload } from "./workload.ts";

/**
 * What is timed. A workload that a queue of the target feeds: from its first message seen, `idle` from the empty queue. One that KEDA scales on another metric:
 * from the first demand seen, `idle` from the condition Active's turn to false. Any other: from the load's start, `idle` from its end.
 */
export const timingIds = [
  "scale-decision",
  "first-ready",
  "first-processed",
  "all-desired",
  "all-ready",
  "drained",
  "idle",
] as const;
export type TimingId = (typeof timingIds)[number];

const none = z.object({});
const seconds = z.number();

/** Why a backlog cannot be reckoned with. */
export const backlogGapShapes = {
  "no-backlog": none,
  "load-not-ended": none,
  "orders-unknown": none,
  "no-busy-worker": none,
};
export type BacklogGap = ById<typeof backlogGapShapes>;

/** What a lower bound is made of, or why there is none, with the figures of the configuration and of the run. */
export const lowerBoundShapes = {
  ...backlogGapShapes,
  "replicas-kept": z.object({ replicas: count }),
  "keda-poll": z.object({ pollingIntervalSeconds: seconds }),
  "keda-poll-of-metric": z
    .object({ pollingIntervalSeconds: seconds })
    .describe("of a metric that is no queue of the target"),
  "hpa-sync": z
    .object({ syncSeconds: seconds })
    .describe("replicas are kept; the HPA, which asks KEDA for the metric, decides on more"),
  "demand-not-sampled": none.describe("neither its metric nor the condition Active: counted from the load's start"),
  "no-demand-seen": none.describe("neither its metric nor the condition Active ever showed demand"),
  "container-start": z
    .object({ seconds })
    .describe("the shortest in this run, from a pod's creation, less the second that Kubernetes rounds by"),
  "pod-start": z
    .object({ seconds })
    .describe("the shortest in this run, from a pod's creation to ready, less the second that Kubernetes rounds by"),
  "first-processed-by-queue-length": none.describe("measured when the queue first held less than before"),
  "hpa-scale-out": z.object({
    path: z.array(count).describe("replicas after each sync that changes them"),
    policies: z.array(z.object({ type: z.enum(["Pods", "Percent"]), value: z.number(), periodSeconds: seconds })),
    selectPolicy: z.enum(["Max", "Min", "Disabled"]),
    stabilizationSeconds: seconds,
    syncSeconds: seconds,
  }),
  "hpa-policies": z
    .object({
      path: z.array(count).describe("replicas after each sync that changes them"),
      policies: z.array(z.object({ type: z.enum(["Pods", "Percent"]), value: z.number(), periodSeconds: seconds })),
      selectPolicy: z.enum(["Max", "Min", "Disabled"]),
      stabilizationSeconds: seconds,
      syncSeconds: seconds,
    })
    .describe("as if its metric had called for all of them at once"),
  "policies-prevent-scale-out": z.object({ replicas: count }),
  "hpa-scale-in": z.object({ from: count, to: count, stabilizationSeconds: seconds, syncSeconds: seconds }),
  "keda-cooldown": z.object({ cooldownSeconds: seconds, pollingIntervalSeconds: seconds, maxSeconds: seconds }),
  "keda-cooldown-of-metric": z
    .object({ cooldownSeconds: seconds, pollingIntervalSeconds: seconds, maxSeconds: seconds })
    .describe("from the condition Active's turn to false"),
  "scale-in-before-demand-ended": none.describe(
    "the HPA scales in, from the last reading that called for more, which may lie before the end of demand",
  ),
  "best-case-drain": z.object({
    orders: count,
    arrivalSeconds: seconds,
    podStartSeconds: seconds,
    ordersPerSecondPerReplica: z.number(),
  }),
  "cpu-average": z.object({
    readPercent: z
      .number()
      .describe("the most that all of its pods together were read to use, of the request of those that are kept idle"),
    targetPercent: z.number(),
    resolutionSeconds: seconds,
    neededSeconds: seconds,
    housekeepingSeconds: seconds,
    syncSeconds: seconds,
    meanDelaySeconds: seconds,
  }),
  "metric-without-average": z.object({ metric: metricIdentity }),
  "no-autoscaler": none,
  "no-scaling-from-zero": none,
  "no-hpa-seen": none,
  "no-pod-start-seen": none,
  "no-container-start-seen": none,
  "no-reading-seen": none,
  "never-scaled-out": z.object({ replicas: count }).describe("never more than these were desired"),
  "recommendation-too-short": z.object({ replicas: count }),
  "never-drains": none,
  "policies-prevent-scale-in": none,
};
export type LowerBoundId = keyof typeof lowerBoundShapes;
export type LowerBoundReason<Id extends LowerBoundId = LowerBoundId> = ById<typeof lowerBoundShapes, Id>;

export const timing = z.object({
  id: z.enum(timingIds),
  workload,
  measuredSeconds: z.number().nullable().describe("null where it was not seen"),
  lowerBoundSeconds: z
    .number()
    .nullable()
    .describe("the least that the effective configuration allows; null where there is no such bound"),
  ratio: z.number().nullable().describe("measured / lower bound"),
  lowerBound: z.array(byId(lowerBoundShapes)).describe("how the lower bound comes about, or why there is none"),
  uncertaintySeconds: z.number().describe("how much the sampling may be off"),
  text: z
    .object({ name: z.string(), lowerBound: z.string() })
    .describe("the same for people; its wording may change in any version"),
});
/** One timing. Its sentences are in report/texts. */
export type Timing = Omit<z.infer<typeof timing>, "text">;

/** The same timing of another run; undefined where that run has none. */
export function sameTiming(
  timings: readonly Timing[],
  { id, workload }: Pick<Timing, "id" | "workload">,
): Timing | undefined {
  return timings.find((timing) => timing.id === id && timing.workload === workload);
}
