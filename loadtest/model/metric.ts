import * as z from "zod";

/** What an HPA reads, told apart as its own API does. Its name for people is made last, see report/texts. */
export const metricIdentity = z
  .object({
    kind: z.enum(["ContainerResource", "Resource", "External", "Pods", "Object"]),
    name: z.string().describe("`cpu` or `memory` of a resource, else the metric's own name"),
    container: z.string().optional().describe("of kind ContainerResource only"),
  })
  .describe("which metric of an HPA");
export type MetricIdentity = z.infer<typeof metricIdentity>;

export const metricState = z
  .object({
    metric: metricIdentity,
    current: z.number().nullable().describe("null where the HPA has no reading"),
    target: z.number().nullable(),
    targetType: z
      .enum(["Utilization", "AverageValue", "Value"])
      .optional()
      .describe("of the HPA's target; left out: Utilization of a resource, AverageValue of any other metric"),
  })
  .describe(
    "one metric of an HPA: of Utilization in percent of the request, else in its own unit, of AverageValue for each replica",
  );
export type MetricState = z.infer<typeof metricState>;

export function isSameMetric(one: MetricIdentity, other: MetricIdentity): boolean {
  return one.kind === other.kind && one.name === other.name && one.container === other.container;
}

/** Whether it is a share of what containers request: of this resource where one is named. */
export function isResource({ kind, name }: MetricIdentity, resource?: "cpu" | "memory"): boolean {
  return (kind === "ContainerResource" || kind === "Resource") && (resource === undefined || name === resource);
}

export const metricSelector = z
  .object({
    kind: z
      .enum(["resource", "external", "any"])
      .describe("`external`: one that is no share of what containers request"),
    name: z
      .string()
      .nullable()
      .describe("`cpu`, `memory`, or the metric's name in the HPA's status; null for any of its kind"),
    container: z.string().optional().describe("narrows a resource to a container"),
  })
  .describe("which metric has to have been above its target");
export type MetricSelector = z.infer<typeof metricSelector>;

export function selectsMetric(selector: MetricSelector, metric: MetricIdentity): boolean {
  if (selector.kind === "resource" && !isResource(metric)) return false;
  if (selector.kind === "external" && isResource(metric)) return false;
  if (selector.name !== null && metric.name !== selector.name) return false;
  return selector.container === undefined || metric.container === selector.container;
}

/** How far above its target it is: current / target, above 1 it asks for more replicas. Undefined where either is not known. */
export function shareOfTarget({ current, target }: MetricState): number | undefined {
  if (current === null || target === null) return undefined;
  return current === 0 ? 0 : current / target;
}
