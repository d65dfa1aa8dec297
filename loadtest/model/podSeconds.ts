import * as z from "zod";
import { type ById, byId } from "./byId.ts";
import { count } from "./count.ts";
import { metricIdentity } from "./metric.ts";
import { backlogGapShapes } from "./timing.ts";
import { workload } from "./workload.ts";

const none = z.object({});

/** What the clairvoyant baseline rests on, or why there is none. */
export const assumptionShapes = {
  ...backlogGapShapes,
  "idle-replicas-only": z.object({ replicas: count }).describe("there was no backlog"),
  "no-idle-pods": z.object({ orders: count, ordersPerSecondPerReplica: z.number() }),
  "replicas-by-messages": z.object({
    messagesPerReplica: z.number(),
    maxReplicas: count,
    orders: count,
    arrivalSeconds: z.number(),
    ordersPerSecondPerReplica: z.number(),
  }),
  "replicas-by-cpu": z.object({ targetPercent: z.number(), minReplicas: count, maxReplicas: count }),
  "never-drains": none,
  "no-cpu-target": none,
  "no-autoscaler": none,
  "baseline-of-own-metric": z
    .object({ metric: metricIdentity })
    .describe(
      "none: reckoned from the metric that its autoscaler follows it would be what is configured, not what is needed",
    ),
  "cpu-unread": z.object({ seconds: z.number() }).describe("counted at the minimum of replicas"),
  "pods-unread": z.object({ seconds: z.number() }).describe("counted as no pods in what was measured"),
};
export type AssumptionId = keyof typeof assumptionShapes;
export type Assumption<Id extends AssumptionId = AssumptionId> = ById<typeof assumptionShapes, Id>;

export const podSeconds = z.object({
  workload,
  windowSeconds: z.number().describe("from the load's start until everything was idle again"),
  measured: z.number().describe("existing pods, integrated over the window"),
  clairvoyant: z
    .number()
    .nullable()
    .describe("computed: of an autoscaler that knew the load and kept just enough pods ready at each moment"),
  fixed: z.number().describe("computed: of `fixedReplicas` all the time"),
  fixedReplicas: count.describe("the most that were ready in this run: what it takes without an autoscaler"),
  assumptions: z.array(byId(assumptionShapes)),
  text: z.string().describe("the assumptions for people; its wording may change in any version"),
});
/** What one workload cost in pods. Its sentences are in report/texts. */
export type PodSeconds = Omit<z.infer<typeof podSeconds>, "text">;
