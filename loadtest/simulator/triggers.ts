import * as z from "zod";
import { KEDA_DEFAULTS } from "../model/kedaDefaults.ts";

/** A trigger whose metric is a count or a level; values in thousandths. */
export interface QueueTrigger {
  readonly kind: "queue";
  /** What the HPA asks for. */
  readonly metric: string;
  readonly targetType: "AverageValue" | "Value";
  readonly targetMilli: number;
  /** The count that must be exceeded for activity. */
  readonly activation: number;
  readonly useCachedMetrics: boolean;
  /** Of a queue's messages `active` those that are worked on with them, `waiting` the others alone; `level` is no queue of its workload's. */
  readonly counts: "active" | "waiting" | "level";
  /** The field of its metadata that holds the target. */
  readonly targetField: string;
}

/** A metric as an HPA's manifest has it. */
export interface ManifestMetric {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A cpu or memory trigger; KEDA leaves it to the HPA. */
export interface ResourceTrigger {
  readonly kind: "resource";
  /** The metric of the HPA, as a manifest has it. */
  readonly metric: ManifestMetric;
}

export type Trigger = QueueTrigger | ResourceTrigger;

const numeric = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]).transform(Number);
const common = {
  name: z.string().optional(),
  useCachedMetrics: z.boolean().default(false),
  metricType: z.enum(["AverageValue", "Value"]).default("AverageValue"),
};
/** How its source is reached changes nothing here. */
const asked = { ...common, authenticationRef: z.unknown().optional() };

const workloadTrigger = z.strictObject({
  ...common,
  type: z.literal("kubernetes-workload"),
  metadata: z.strictObject({ podSelector: z.string(), value: numeric, activationValue: numeric.default(0) }),
});

const serviceBusTrigger = z.strictObject({
  ...asked,
  type: z.literal("azure-servicebus"),
  metadata: z.looseObject({
    queueName: z.string(),
    messageCount: numeric.default(KEDA_DEFAULTS.messageCount),
    activationMessageCount: numeric.default(KEDA_DEFAULTS.activationMessageCount),
  }),
});

/** redis_scaler.go: listLength 5 by default. */
const redisTrigger = z.strictObject({
  ...asked,
  type: z.literal("redis"),
  metadata: z.looseObject({
    listName: z.string(),
    listLength: numeric.default(5),
    activationListLength: numeric.default(0),
  }),
});

const rabbitTrigger = z.strictObject({
  ...asked,
  type: z.literal("rabbitmq"),
  metadata: z.looseObject({
    queueName: z.string(),
    mode: z.literal("QueueLength", { error: "of a queue only its length can be simulated: mode QueueLength" }),
    value: numeric,
    activationValue: numeric.default(0),
    protocol: z.enum(["auto", "amqp", "http"]).default("auto"),
    host: z.string().default(""),
    useRegex: z.enum(["false"], { error: "several queues by a pattern cannot be simulated" }).default("false"),
    excludeUnacknowledged: z.enum(["true", "false"]).default("false"),
  }),
});

const prometheusTrigger = z.strictObject({
  ...asked,
  type: z.literal("prometheus"),
  metadata: z.looseObject({ query: z.string(), threshold: numeric, activationThreshold: numeric.default(0) }),
});

const metricsApiTrigger = z.strictObject({
  ...asked,
  type: z.literal("metrics-api"),
  metadata: z.looseObject({
    url: z.string(),
    valueLocation: z.string(),
    targetValue: numeric,
    activationTargetValue: numeric.default(0),
  }),
});

const resourceTrigger = z.strictObject({
  name: z.string().optional(),
  type: z.enum(["cpu", "memory"]),
  metricType: z.enum(["Utilization", "AverageValue"]),
  metadata: z.strictObject({ value: z.string(), containerName: z.string().optional() }),
});

export const anyTrigger = z.discriminatedUnion(
  "type",
  [
    ...([workloadTrigger, serviceBusTrigger, redisTrigger] as const),
    ...([rabbitTrigger, prometheusTrigger, metricsApiTrigger, resourceTrigger] as const),
  ],
  {
    error:
      "a trigger of this type cannot be simulated; azure-servicebus, redis, rabbitmq, prometheus, metrics-api, kubernetes-workload, cpu and memory can",
  },
);
type AnyTrigger = z.output<typeof anyTrigger>;

/** pkg/scalers GenerateMetricNameWithIndex; cpu_memory_scaler.go GetMetricSpecForScaling */
export function triggerOf(of: AnyTrigger, index: number, namespace: string): Trigger {
  if (!("useCachedMetrics" in of)) {
    const { value, containerName: container } = of.metadata;
    const target =
      of.metricType === "Utilization"
        ? { type: of.metricType, averageUtilization: Number(value) }
        : { type: of.metricType, averageValue: value };
    return {
      kind: "resource",
      metric:
        container === undefined
          ? { type: "Resource", resource: { name: of.type, target } }
          : { type: "ContainerResource", containerResource: { name: of.type, container, target } },
    };
  }
  const { source, targetField, target, activation, counts } = queueOf(of, namespace);
  return {
    ...{ kind: "queue", metric: `s${index}-${normalized(source)}`, counts, targetField, activation },
    ...{ targetType: of.metricType, targetMilli: milliOf(target), useCachedMetrics: of.useCachedMetrics },
  };
}

/** scaler.go quantityFromFloat64: three digits after the point. */
export function milliOf(value: number): number {
  return Math.round(value * 1000);
}

/** What each scaler's GetMetricSpecForScaling and GetMetricsAndActivity take from the metadata. */
function queueOf(
  of: Extract<AnyTrigger, { useCachedMetrics: boolean }>,
  namespace: string,
): Pick<QueueTrigger, "counts" | "targetField" | "activation"> & { source: string; target: number } {
  const { type, metadata } = of;
  switch (type) {
    case "kubernetes-workload": {
      const { value: target, activationValue: activation } = metadata;
      return { source: `workload-${namespace}`, targetField: "value", target, activation, counts: "level" };
    }
    case "azure-servicebus": {
      const { queueName, messageCount: target, activationMessageCount: activation } = metadata;
      const source = `azure-servicebus-${queueName}`;
      return { source, targetField: "messageCount", target, activation, counts: "active" };
    }
    case "redis": {
      // A consumer takes what it works on from the list.
      const { listName, listLength: target, activationListLength: activation } = metadata;
      return { source: `redis-${listName}`, targetField: "listLength", target, activation, counts: "waiting" };
    }
    case "rabbitmq": {
      const { queueName, value: target, activationValue: activation, protocol, host } = metadata;
      // By AMQP a queue tells its ready messages only; by HTTP those that are not acknowledged as well.
      const isHttp = protocol === "http" || (protocol === "auto" && host.startsWith("http"));
      const counts = isHttp && metadata.excludeUnacknowledged === "false" ? "active" : "waiting";
      return { source: `rabbitmq-${queryEscaped(queueName)}`, targetField: "value", target, activation, counts };
    }
    case "prometheus": {
      const { threshold: target, activationThreshold: activation } = metadata;
      return { source: "prometheus", targetField: "threshold", target, activation, counts: "level" };
    }
    case "metrics-api": {
      const { valueLocation, targetValue: target, activationTargetValue: activation } = metadata;
      return { source: `metric-api-${valueLocation}`, targetField: "targetValue", target, activation, counts: "level" };
    }
  }
}

/** pkg/util NormalizeString */
function normalized(name: string): string {
  return name.replace(/[/.:%()]/g, "-");
}

/** Go's url.QueryEscape */
function queryEscaped(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
