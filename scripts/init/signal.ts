import type { V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricTarget } from "@kubernetes/client-node";
import type { ScaledObjectState, TriggerState } from "../../loadtest/model/autoscaling.ts";
import { autoscalerState } from "../../loadtest/observe/hpa.ts";

/** What a workload scales on: one metric of its HPA, or one trigger of its ScaledObject. */
export type Signal =
  | { kind: "resource"; resource: "cpu" | "memory"; container: string | null; target: string }
  /** Of an HPA that is not KEDA's: of its pods, of an object, or from outside the cluster. */
  | { kind: "metric"; metric: string; target: string }
  | {
      kind: "trigger";
      trigger: TriggerState;
      /** As in the HPA's status; null where KEDA has not named it, or makes one metric of several. */
      metric: string | null;
    };

/** The metrics of an HPA. The API server fills in CPU where there are none. */
export function signalsOfHpa(autoscaler: V2HorizontalPodAutoscaler): Signal[] {
  const specs = autoscaler.spec.metrics ?? [];
  return autoscalerState(autoscaler).metrics.map(({ metric }, index): Signal => {
    const target = targetText(specs[index]);
    const resource = resourceNamed(metric.name);
    return resource !== undefined && (metric.kind === "Resource" || metric.kind === "ContainerResource")
      ? { kind: "resource", resource, container: metric.container ?? null, target }
      : { kind: "metric", metric: metric.name, target };
  });
}

/** The triggers of a ScaledObject. @param metricNames of its status. */
export function signalsOfScaledObject(state: ScaledObjectState, metricNames: readonly string[]): Signal[] {
  return state.triggers.map((trigger, index): Signal => {
    const resource = resourceNamed(trigger.type);
    if (resource !== undefined) {
      const { containerName, value } = trigger.metadata;
      const target = value === undefined ? "as its trigger says" : `value ${value}`;
      return { kind: "resource", resource, container: containerName ?? null, target };
    }
    // KEDA begins each name with the trigger's place. A formula has one metric for all, whose name tells no trigger.
    const metric = metricNames.find((name) => name.startsWith(`s${index}-`));
    return { kind: "trigger", trigger, metric: state.formula === null ? (metric ?? null) : null };
  });
}

function resourceNamed(name: string): "cpu" | "memory" | undefined {
  return name === "cpu" || name === "memory" ? name : undefined;
}

function targetText(spec: V2MetricSpec | undefined): string {
  const target: V2MetricTarget | undefined =
    spec?.resource?.target ??
    spec?.containerResource?.target ??
    spec?.pods?.target ??
    spec?.object?.target ??
    spec?.external?.target;
  if (target?.averageUtilization !== undefined) return `${target.averageUtilization} % of what is requested`;
  if (target?.averageValue !== undefined) return `${target.averageValue} a replica`;
  return target?.value === undefined ? "without a target" : `${target.value} in all`;
}
