import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from "@kubernetes/client-node";
import type { AutoscalerState, ScalingRules } from "../model/autoscaling.ts";
import { HPA_DEFAULTS } from "../model/hpaDefaults.ts";
import { isResource, isSameMetric, type MetricIdentity, type MetricState } from "../model/metric.ts";
import { conditionsByType } from "./conditions.ts";

/** What the proof needs of an HPA; an HPA that has no reading yet has null for each metric. */
export function autoscalerState(autoscaler: V2HorizontalPodAutoscaler): AutoscalerState {
  const { metadata, spec, status } = autoscaler;
  return {
    name: metadata?.name ?? "",
    min: spec.minReplicas ?? 1,
    max: spec.maxReplicas,
    current: status?.currentReplicas ?? 0,
    desired: status?.desiredReplicas ?? 0,
    scaleUp: scalingRules(spec.behavior?.scaleUp, HPA_DEFAULTS.scaleUp),
    scaleDown: scalingRules(spec.behavior?.scaleDown, HPA_DEFAULTS.scaleDown),
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
  averageUtilization?: number | undefined;
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
    current: reading === undefined ? null : currentOf(detailOf(reading)?.current, detailOf(declared)?.target),
    target: amountOf(detailOf(declared)?.target),
    ...targetTypeOf(metric, detailOf(declared)?.target),
  };
}

/** Left out where it is what such a metric usually has. */
function targetTypeOf(metric: MetricIdentity, target: Amount | undefined): Pick<MetricState, "targetType"> {
  if (target === undefined || target.averageUtilization !== undefined) return {};
  const targetType = target.averageValue === undefined ? "Value" : "AverageValue";
  return targetType === "AverageValue" && !isResource(metric) ? {} : { targetType };
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

/** What was read, in the target's own unit: of a resource the status has its utilization as well as its average. */
function currentOf(current: Amount | undefined, target: Amount | undefined): number | null {
  if (target?.averageUtilization !== undefined || current?.averageUtilization === undefined) return amountOf(current);
  return amountOf({ ...current, averageUtilization: undefined });
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
  if (digits === "" || factor === undefined) return null;
  // Thousandths are divided: 382.667, and not the float that a product with 0.001 is.
  return factor < 1 ? Number(digits) / Math.round(1 / factor) : Number(digits) * factor;
}
