import * as z from "zod";
import { count } from "./count.ts";
import { metricState } from "./metric.ts";
import { type Workload, workload } from "./workload.ts";

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
  name: z.string(),
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

export const triggerState = z.object({
  type: z.string().describe("KEDA's name of the scaler"),
  name: z.string().nullable(),
  queue: z.string().nullable().describe("the queue or list that it watches, where its metadata names one"),
  target: z
    .number()
    .nullable()
    .describe("how much of the metric one replica gets; null where it is not known for this type"),
  activation: z.number().describe("up to this value it starts no replica"),
  metadata: z.record(z.string(), z.string()),
});
/** One trigger of a ScaledObject. */
export type TriggerState = z.infer<typeof triggerState>;

export const scaledObjectState = z.object({
  name: z.string(),
  pausedBy: z.array(z.string()).describe("the annotations that pause it, with their values"),
  minReplicas: count,
  maxReplicas: count,
  idleReplicas: count.nullable().describe("idleReplicaCount; null where it is left out"),
  pollingIntervalSeconds: z.number(),
  cooldownSeconds: z.number(),
  triggers: z.array(triggerState),
  formula: z.string().nullable().describe("scalingModifiers.formula; null where there is none"),
  conditions: z.record(z.string(), condition),
});
/** A KEDA ScaledObject. */
export type ScaledObjectState = z.infer<typeof scaledObjectState>;

export const workloadScaling = z
  .object({
    scaler: z.enum(["keda", "hpa", "none"]),
    idleReplicas: count.describe("replicas when there is no work"),
    minReplicas: count,
    maxReplicas: count,
    targets: z
      .array(metricState.pick({ metric: true, target: true, targetType: true }))
      .describe("of its HPA; empty where none was seen"),
    scaleUp: scalingRules.nullable().describe("null where no HPA was ever seen"),
    scaleDown: scalingRules.nullable(),
    keda: z
      .object({
        pollingIntervalSeconds: z.number(),
        cooldownSeconds: z.number(),
        triggers: z.array(triggerState),
      })
      .nullable()
      .describe("null where no ScaledObject scales it"),
  })
  .describe("how one workload scales, as its live objects say");
export type WorkloadScaling = z.infer<typeof workloadScaling>;

export const autoscalingConfig = z
  .object({
    workloads: z.record(workload, workloadScaling),
    metricsResolutionSeconds: z.number().describe("metrics-server's --metric-resolution"),
  })
  .describe("the effective configuration before the load; deadlines and lower bounds come from it");
export type AutoscalingConfig = z.infer<typeof autoscalingConfig>;

/** @throws where the target has no such workload, which is a defect of the caller. */
export function scalingOf(live: AutoscalingConfig, name: Workload): WorkloadScaling {
  const scaling = live.workloads[name];
  if (scaling === undefined) throw new Error(`there is no workload ${name}`);
  return scaling;
}

/** The trigger that a queue's length reaches it by: the only one, or the first that names a queue; undefined where there is none. */
export function queueTrigger(triggers: readonly TriggerState[]): TriggerState | undefined {
  return triggers.find(({ queue }) => queue !== null) ?? triggers[0];
}

/** The triggers whose metric KEDA itself reads. `cpu` and `memory` it leaves to the HPA: they never wake a workload from 0. */
export function externalTriggers(triggers: readonly TriggerState[]): TriggerState[] {
  return triggers.filter(({ type }) => type !== "cpu" && type !== "memory");
}

/** Whether KEDA, and not its HPA, brings the first replicas and takes the last ones away: there is no minimum, or it idles below it. */
export function kedaWakes({
  scaler,
  idleReplicas,
  minReplicas,
}: Pick<WorkloadScaling, "scaler" | "idleReplicas" | "minReplicas">): boolean {
  return scaler === "keda" && (idleReplicas === 0 || idleReplicas < minReplicas);
}
