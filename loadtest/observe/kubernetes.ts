import {
  ApiException,
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  Observable,
  type KubeConfig,
  type ResponseContext,
  type V1Deployment,
  type V2HorizontalPodAutoscaler,
  type V2HPAScalingRules,
} from "@kubernetes/client-node";
import * as z from "zod";
import { KEDA_DEFAULTS } from "../model/kedaDefaults.ts";
import type { AutoscalerState, Condition, ScaledObjectState, ScalingRules } from "../model/autoscaling.ts";
import { isSameMetric, type MetricIdentity, type MetricState } from "../model/metric.ts";
import type { DeploymentState, Observed } from "../model/observed.ts";
import type { Source, Sources } from "./sampler.ts";

/**
 * Kubernetes' defaults for what an HPA's behaviour leaves out: the window, and where a direction names no policy, these.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
const DEFAULT_SCALE_UP: ScalingRules = {
  stabilizationSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const DEFAULT_SCALE_DOWN: ScalingRules = {
  stabilizationSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
/** KEDA's name of the scaler for Service Bus's queues. */
export const BUS_TRIGGER = "azure-servicebus";

/** Each object under the name of its workload, read from the API server; needs the verb `get` on all four. */
export function kubernetesSources(kubeConfig: KubeConfig, namespace: string): Sources<Omit<Observed, "queue">> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const autoscaling = kubeConfig.makeApiClient(AutoscalingV2Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);

  const deployment = (name: string): Source<DeploymentState> =>
    present(`Deployment ${name} in ${namespace}`, async (signal) =>
      deploymentState(await apps.readNamespacedDeployment({ name, namespace }, until(signal))),
    );
  const autoscaler = (name: string): Source<AutoscalerState> =>
    present(`HorizontalPodAutoscaler ${name} in ${namespace}`, async (signal) =>
      autoscalerState(await autoscaling.readNamespacedHorizontalPodAutoscaler({ name, namespace }, until(signal))),
    );
  const scaledObject = (name: string): Source<ScaledObjectState> =>
    present(`ScaledObject ${name} in ${namespace}`, async (signal) => {
      const found: unknown = await custom.getNamespacedCustomObject(
        { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace, name },
        until(signal),
      );
      return scaledObjectState(found);
    });

  return {
    apiDeployment: deployment("api"),
    workerDeployment: deployment("worker"),
    apiAutoscaler: autoscaler("api"),
    workerAutoscaler: autoscaler("worker"),
    workerScaledObject: scaledObject("worker"),
  };
}

/** Not found is a reading: undefined. Every other error says which object it was about. */
export function present<T>(object: string, source: (signal: AbortSignal) => Promise<T>): Source<T> {
  return async (signal) => {
    try {
      return await source(signal);
    } catch (error) {
      if (!(error instanceof ApiException)) throw new Error(object, { cause: error });
      if (error.code === 404) return undefined;
      // The exception's own message holds every header of the answer.
      throw new Error(`${object}: the API server answered ${error.code}`);
    }
  };
}

export type RequestOptions = Parameters<AppsV1Api["readNamespacedDeployment"]>[1];

/**
 * Options for one request. The client takes a signal only by way of the request.
 * @param onResponse gets the response before its body is read, with its headers.
 */
export function until(
  signal: AbortSignal,
  onResponse: (response: ResponseContext) => void = () => undefined,
): RequestOptions {
  return {
    middlewareMergeStrategy: "append",
    middleware: [
      {
        pre: (request) => {
          request.setSignal(signal);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => {
          onResponse(response);
          return new Observable(Promise.resolve(response));
        },
      },
    ],
  };
}

/** What the proof needs of a Deployment. */
export function deploymentState(deployment: V1Deployment): DeploymentState {
  const { metadata, spec, status } = deployment;
  const replicas = status?.replicas ?? 0;
  return {
    desired: spec?.replicas ?? 1,
    replicas,
    ready: status?.readyReplicas ?? 0,
    rolledOut:
      (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && (status?.updatedReplicas ?? 0) === replicas,
  };
}

/** What the proof needs of an HPA; an HPA that has no reading yet has null for each metric. */
export function autoscalerState(autoscaler: V2HorizontalPodAutoscaler): AutoscalerState {
  const { spec, status } = autoscaler;
  return {
    min: spec.minReplicas ?? 1,
    max: spec.maxReplicas,
    current: status?.currentReplicas ?? 0,
    desired: status?.desiredReplicas ?? 0,
    scaleUp: scalingRules(spec.behavior?.scaleUp, DEFAULT_SCALE_UP),
    scaleDown: scalingRules(spec.behavior?.scaleDown, DEFAULT_SCALE_DOWN),
    metrics: (spec.metrics ?? []).map((metric) => metricState(metric, status?.currentMetrics ?? [])),
    conditions: conditionsByType(status?.conditions ?? []),
  };
}

/** The API server fills the defaults in for most; here for those that it leaves. */
function scalingRules(given: V2HPAScalingRules | undefined, otherwise: ScalingRules): ScalingRules {
  const policies = given?.policies ?? [];
  return {
    stabilizationSeconds: given?.stabilizationWindowSeconds ?? otherwise.stabilizationSeconds,
    selectPolicy: given?.selectPolicy === "Min" || given?.selectPolicy === "Disabled" ? given.selectPolicy : "Max",
    policies:
      policies.length === 0
        ? otherwise.policies
        : policies.map(({ type, value, periodSeconds }) => ({
            type: type === "Pods" ? "Pods" : "Percent",
            value,
            periodSeconds,
          })),
  };
}

/** An amount of a metric, desired or read: one of the three. */
interface Amount {
  averageUtilization?: number;
  averageValue?: string;
  value?: string;
}

/** What the client's types for an HPA's kinds of metrics, declared and read, have in common. */
interface Metric {
  type: string;
  containerResource?: { container: string; name: string; target?: Amount; current?: Amount };
  resource?: { name: string; target?: Amount; current?: Amount };
  external?: { metric: { name: string }; target?: Amount; current?: Amount };
  pods?: { metric: { name: string }; target?: Amount; current?: Amount };
  object?: { metric: { name: string }; target?: Amount; current?: Amount };
}

function metricState(declared: Metric, readings: readonly Metric[]): MetricState {
  const metric = metricIdentity(declared);
  const reading = readings.find((candidate) => isSameMetric(metricIdentity(candidate), metric));
  return {
    metric,
    current: reading === undefined ? null : amountOf(detailOf(reading)?.current),
    target: amountOf(detailOf(declared)?.target),
  };
}

function detailOf(metric: Metric): { target?: Amount; current?: Amount } | undefined {
  return metric.containerResource ?? metric.resource ?? metric.external ?? metric.pods ?? metric.object;
}

function metricIdentity({ containerResource, resource, external, pods, object }: Metric): MetricIdentity {
  if (containerResource !== undefined) {
    return { kind: "ContainerResource", name: containerResource.name, container: containerResource.container };
  }
  if (resource !== undefined) return { kind: "Resource", name: resource.name };
  if (pods !== undefined) return { kind: "Pods", name: pods.metric.name };
  if (object !== undefined) return { kind: "Object", name: object.metric.name };
  return { kind: "External", name: external?.metric.name ?? "unnamed" };
}

function amountOf(amount: Amount | undefined): number | null {
  if (amount?.averageUtilization !== undefined) return amount.averageUtilization;
  const quantity = amount?.averageValue ?? amount?.value;
  return quantity === undefined ? null : parseQuantity(quantity);
}

const QUANTITY_FACTORS: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** A Kubernetes quantity as a number; null for one in a unit that no HPA reports. */
export function parseQuantity(text: string): number | null {
  const [, digits = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = QUANTITY_FACTORS[unit];
  return digits === "" || factor === undefined ? null : Number(digits) * factor;
}

const conditionList = z.array(
  z.object({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") }),
);

const scaledObjectSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    minReplicaCount: z.int().default(KEDA_DEFAULTS.minReplicaCount),
    maxReplicaCount: z.int().default(KEDA_DEFAULTS.maxReplicaCount),
    pollingInterval: z.int().default(KEDA_DEFAULTS.pollingInterval),
    cooldownPeriod: z.int().default(KEDA_DEFAULTS.cooldownPeriod),
    triggers: z
      .array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()).default({}) }))
      .default([]),
  }),
  status: z.object({ conditions: conditionList.nullish() }).nullish(),
});

/**
 * What the proof needs of a ScaledObject, with KEDA's defaults.
 * @throws when KEDA's API has changed its shape.
 */
export function scaledObjectState(object: unknown): ScaledObjectState {
  const { metadata, spec, status } = scaledObjectSchema.parse(object);
  const trigger = spec.triggers.find(({ type }) => type === BUS_TRIGGER)?.metadata;
  return {
    pausedBy: Object.entries(metadata.annotations)
      // `paused`, `paused-replicas`, `paused-scale-in`, `paused-scale-out`; "false" is what is left when someone un-pauses by hand.
      .filter(([name, value]) => name.startsWith("autoscaling.keda.sh/paused") && value !== "false")
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    minReplicas: spec.minReplicaCount,
    maxReplicas: spec.maxReplicaCount,
    pollingIntervalSeconds: spec.pollingInterval,
    cooldownSeconds: spec.cooldownPeriod,
    queue: trigger?.queueName ?? null,
    messagesPerReplica: trigger === undefined ? null : Number(trigger.messageCount ?? KEDA_DEFAULTS.messageCount),
    activationMessages:
      trigger === undefined ? null : Number(trigger.activationMessageCount ?? KEDA_DEFAULTS.activationMessageCount),
    conditions: conditionsByType(status?.conditions ?? []),
  };
}

function conditionsByType(
  conditions: readonly { type: string; status: string; reason?: string; message?: string }[],
): Record<string, Condition> {
  return Object.fromEntries(
    conditions.map(({ type, status, reason = "", message = "" }) => [type, { status, reason, message }]),
  );
}
