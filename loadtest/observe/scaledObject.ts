import * as z from "zod";
import type { ScaledObjectState, TriggerState } from "../model/autoscaling.ts";
import { KEDA_DEFAULTS } from "../model/kedaDefaults.ts";
import { conditionsByType } from "./conditions.ts";

const conditionList = z.array(
  z.object({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") }),
);

const triggerSchema = z.object({
  type: z.string(),
  name: z.string().nullish(),
  metricType: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).default({}),
});
type Trigger = z.infer<typeof triggerSchema>;

/** The fields of a ScaledObject that are read; any other is left alone. */
export const scaledObjectSchema = z.object({
  metadata: z.object({ name: z.string().default(""), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    scaleTargetRef: z.object({ name: z.string(), kind: z.string().optional() }).optional(),
    minReplicaCount: z.int().nullish(),
    maxReplicaCount: z.int().nullish(),
    idleReplicaCount: z.int().nullish(),
    pollingInterval: z.int().nullish(),
    cooldownPeriod: z.int().nullish(),
    advanced: z.object({ scalingModifiers: z.object({ formula: z.string().optional() }).nullish() }).nullish(),
    triggers: z.array(triggerSchema).default([]),
  }),
  status: z
    .object({ conditions: conditionList.nullish(), externalMetricNames: z.array(z.string()).nullish() })
    .nullish(),
});

/**
 * How much of its metric one replica gets, by the trigger's type: the metadata's name and KEDA's default, null where it has none.
 * From the scaler's own page at https://keda.sh/docs/latest/scalers/; of every other type the live HPA tells.
 */
const TARGETS: Readonly<Record<string, { key: string; otherwise: number | null }>> = {
  "azure-servicebus": { key: "messageCount", otherwise: KEDA_DEFAULTS.messageCount },
  redis: { key: "listLength", otherwise: 5 },
  "redis-streams": { key: "pendingEntriesCount", otherwise: 5 },
  rabbitmq: { key: "value", otherwise: null },
  prometheus: { key: "threshold", otherwise: null },
  "metrics-api": { key: "targetValue", otherwise: null },
  cron: { key: "desiredReplicas", otherwise: null },
  "kubernetes-workload": { key: "value", otherwise: null },
  kafka: { key: "lagThreshold", otherwise: 10 },
  "aws-sqs-queue": { key: "queueLength", otherwise: 5 },
  cpu: { key: "value", otherwise: null },
  memory: { key: "value", otherwise: null },
};
/** What names the queue, list or topic that a trigger watches. */
const QUEUES = ["queueName", "listName", "stream", "topic", "queueURL"];

/**
 * What the proof needs of a ScaledObject, with KEDA's defaults.
 * @throws when KEDA's API has changed its shape.
 */
export function scaledObjectState(object: unknown): ScaledObjectState {
  const { metadata, spec, status } = scaledObjectSchema.parse(object);
  return {
    name: metadata.name,
    pausedBy: Object.entries(metadata.annotations)
      // `paused`, `paused-replicas`, `paused-scale-in`, `paused-scale-out`; "false" is what is left when someone un-pauses by hand.
      .filter(([name, value]) => name.startsWith("autoscaling.keda.sh/paused") && value !== "false")
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    minReplicas: spec.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount,
    maxReplicas: spec.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicaCount,
    idleReplicas: spec.idleReplicaCount ?? null,
    pollingIntervalSeconds: spec.pollingInterval ?? KEDA_DEFAULTS.pollingInterval,
    cooldownSeconds: spec.cooldownPeriod ?? KEDA_DEFAULTS.cooldownPeriod,
    triggers: spec.triggers.map(triggerState),
    formula: spec.advanced?.scalingModifiers?.formula ?? null,
    conditions: conditionsByType(status?.conditions ?? []),
  };
}

function triggerState({ type, name, metadata }: Trigger): TriggerState {
  const known = TARGETS[type];
  const target = known === undefined ? undefined : metadata[known.key];
  // Each scaler names its own, and all begin alike: activationListLength, activationThreshold.
  const activation = Object.entries(metadata).find(([key]) => key.startsWith("activation"))?.[1];
  return {
    type,
    name: name ?? null,
    queue: QUEUES.map((key) => metadata[key]).find((queue) => queue !== undefined) ?? null,
    target: target === undefined ? (known?.otherwise ?? null) : numberIn(target),
    activation: activation === undefined ? 0 : (numberIn(activation) ?? 0),
    metadata,
  };
}

function numberIn(text: string): number | null {
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? null : number;
}
