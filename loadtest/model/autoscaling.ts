import * as z from "zod";
import { count } from "./count.ts";
import { metricState } from "./metric.ts";

export const condition = z.object({ status: z.string(), reason: z.string(), message: z.string() });
export type Condition = z.infer<typeof condition>;

export const scalingRules = z
  .object({
    stabilizationSeconds: z.number(),
    selectPolicy: z.enum(["Max", "Min", "Disabled"]),
    policies: z.array(z.object({ type: z.enum(["Pods", "Percent"]), value: z.number(), periodSeconds: z.number() })),
  })
  .describe("one direction of an HPA's behavior, with Kubernetes' defaults filled in");
export type ScalingRules = z.infer<typeof scalingRules>;

export const autoscalerState = z.object({
  min: count,
  max: count,
  current: count,
  desired: count,
  scaleUp: scalingRules,
  scaleDown: scalingRules,
  metrics: z.array(metricState),
  conditions: z.record(z.string(), condition),
});
/** A HorizontalPodAutoscaler. */
export type AutoscalerState = z.infer<typeof autoscalerState>;

export const scaledObjectState = z.object({
  pausedBy: z.array(z.string()).describe("the annotations that pause it, with their values"),
  minReplicas: count,
  maxReplicas: count,
  pollingIntervalSeconds: z.number(),
  cooldownSeconds: z.number(),
  queue: z.string().nullable().describe("the queue that its azure-servicebus trigger watches"),
  messagesPerReplica: z.number().nullable().describe("messageCount of the trigger"),
  activationMessages: z.number().nullable().describe("activationMessageCount: up to this many start no replica"),
  conditions: z.record(z.string(), condition),
});
/** A KEDA ScaledObject. */
export type ScaledObjectState = z.infer<typeof scaledObjectState>;

export const autoscalingConfig = z
  .object({
    apiMinimum: count,
    apiMaximum: count,
    apiTargets: z.array(metricState.pick({ metric: true, target: true })),
    apiScaleUp: scalingRules,
    apiScaleDown: scalingRules,
    workerIdleReplicas: count.describe(
      "replicas when there is no work: 0 under KEDA, the HPA's minimum under an HPA alone",
    ),
    workerMaximum: count,
    workerScaler: z.enum(["keda", "hpa", "none"]),
    workerPollingIntervalSeconds: z.number(),
    workerCooldownSeconds: z.number(),
    workerMessagesPerReplica: z.number().nullable(),
    workerActivationMessages: z.number().nullable(),
    workerScaleUp: scalingRules.nullable().describe("null where no HPA was ever seen"),
    workerScaleDown: scalingRules.nullable(),
    metricsResolutionSeconds: z.number().describe("metrics-server's --metric-resolution"),
  })
  .describe("the effective configuration before the load; deadlines and lower bounds come from it");
export type AutoscalingConfig = z.infer<typeof autoscalingConfig>;
