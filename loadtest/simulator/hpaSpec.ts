import * as z from "zod";
import { type ScalingRules, scalingRules } from "../model/autoscaling.ts";
import { quantityFloat, quantityMilli } from "./quantity.ts";

/** One direction of `behavior`; tolerance null where the controller's own holds. */
export interface DirectionRules extends ScalingRules {
  readonly tolerance: number | null;
}

/** What a metric is compared with. Values are in thousandths of the metric's unit. */
export type ResourceTarget =
  | { readonly type: "Utilization"; readonly percent: number }
  | { readonly type: "AverageValue"; readonly milli: number };

export interface ExternalMetric {
  readonly type: "External";
  readonly name: string;
  readonly target: { readonly type: "AverageValue" | "Value"; readonly milli: number };
}

/** Resource is of all containers: `container` is null. */
export interface ResourceMetric {
  readonly type: "Resource" | "ContainerResource";
  readonly resource: string;
  readonly container: string | null;
  readonly target: ResourceTarget;
}

export type Metric = ExternalMetric | ResourceMetric;

/** An HPA as the controller reads it, with the API server's defaults. Behavior null is another algorithm than any behavior. */
export interface HpaSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly Metric[];
  readonly behavior: { readonly up: DirectionRules; readonly down: DirectionRules } | null;
}

/** pkg/apis/autoscaling/v2/defaults.go defaultHPAScaleUpRules */
export const DEFAULT_UP: DirectionRules = {
  stabilizationSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
  tolerance: null,
};

/** pkg/apis/autoscaling/v2/defaults.go defaultHPAScaleDownRules; its window is the controller manager's --horizontal-pod-autoscaler-downscale-stabilization */
export const DEFAULT_DOWN: DirectionRules = {
  stabilizationSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  tolerance: null,
};

/** pkg/apis/autoscaling/v2/defaults.go SetDefaults_HorizontalPodAutoscaler: where there are no metrics. */
const DEFAULT_METRIC: Metric = {
  type: "Resource",
  resource: "cpu",
  container: null,
  target: { type: "Utilization", percent: 80 },
};

/** A quantity, by the function that reads it. */
function quantity(read: (text: string) => number | null): z.ZodType<number> {
  return z.union([z.string(), z.number().transform(String)]).transform((text, context) => {
    const value = read(text);
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: `"${text}" is no quantity; a number such as 5, 500m or 1Gi would be` });
    return z.NEVER;
  });
}
const milli = quantity(quantityMilli);

const resourceTarget = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("Utilization"), averageUtilization: z.int().positive() })
    .transform((target): ResourceTarget => ({ type: "Utilization", percent: target.averageUtilization })),
  z
    .strictObject({ type: z.literal("AverageValue"), averageValue: milli })
    .transform((target): ResourceTarget => ({ type: "AverageValue", milli: target.averageValue })),
]);

const externalTarget = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("AverageValue"), averageValue: milli })
    .transform(({ averageValue }) => ({ type: "AverageValue" as const, milli: averageValue })),
  z
    .strictObject({ type: z.literal("Value"), value: milli })
    .transform(({ value }) => ({ type: "Value" as const, milli: value })),
]);

/** Object and Pods are refused: no adapter for custom metrics is simulated. */
const metric = z.discriminatedUnion(
  "type",
  [
    z
      .strictObject({
        type: z.literal("External"),
        external: z.strictObject({
          metric: z.strictObject({ name: z.string(), selector: z.unknown().optional() }),
          target: externalTarget,
        }),
      })
      .transform(({ external }): Metric => ({ type: "External", name: external.metric.name, target: external.target })),
    z
      .strictObject({
        type: z.literal("Resource"),
        resource: z.strictObject({ name: z.string(), target: resourceTarget }),
      })
      .transform(({ resource: { name, target } }): Metric => ({
        type: "Resource",
        resource: name,
        container: null,
        target,
      })),
    z
      .strictObject({
        type: z.literal("ContainerResource"),
        containerResource: z.strictObject({ name: z.string(), container: z.string(), target: resourceTarget }),
      })
      .transform(({ containerResource: { name, container, target } }): Metric => ({
        type: "ContainerResource",
        resource: name,
        container,
        target,
      })),
  ],
  {
    error: ({ input }) =>
      `a metric of type ${String((input as { type?: unknown } | null)?.type)} cannot be simulated; External, Resource and ContainerResource can`,
  },
);

const direction = z.strictObject({
  stabilizationWindowSeconds: z.int().nonnegative().optional(),
  selectPolicy: scalingRules.shape.selectPolicy.optional(),
  policies: scalingRules.shape.policies.optional(),
  tolerance: quantity(quantityFloat).optional(),
});

/** pkg/apis/autoscaling/v2/defaults.go copyHPAScalingRules */
function filled(given: z.infer<typeof direction> | undefined, otherwise: DirectionRules): DirectionRules {
  return {
    stabilizationSeconds: given?.stabilizationWindowSeconds ?? otherwise.stabilizationSeconds,
    selectPolicy: given?.selectPolicy ?? otherwise.selectPolicy,
    policies: given?.policies ?? otherwise.policies,
    tolerance: given?.tolerance ?? null,
  };
}

/** `behavior` as a manifest has it. */
export const behaviorSpec = z.strictObject({ scaleUp: direction.optional(), scaleDown: direction.optional() });

/** The spec of an autoscaling/v2 HorizontalPodAutoscaler. Unknown fields are errors: what is not simulated must not be passed over. */
export const hpaSpec = z
  .strictObject({
    scaleTargetRef: z.unknown().optional(),
    minReplicas: z.int().positive().default(1),
    maxReplicas: z.int().positive(),
    metrics: z.array(metric).default([]),
    behavior: behaviorSpec.optional(),
  })
  .transform(({ minReplicas, maxReplicas, metrics, behavior }): HpaSpec => ({
    minReplicas,
    maxReplicas,
    metrics: metrics.length === 0 ? [DEFAULT_METRIC] : metrics,
    behavior:
      behavior === undefined
        ? null
        : { up: filled(behavior.scaleUp, DEFAULT_UP), down: filled(behavior.scaleDown, DEFAULT_DOWN) },
  }));
