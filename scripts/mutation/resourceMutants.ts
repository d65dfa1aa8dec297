import type { Objects, ScaledWorkload } from "../planning/scaledWorkload.ts";
import { listOf, type Mutant, type Raw, rawOf, withChanged } from "./mutant.ts";

/** What may be wrong with the resources that a workload scales on. */
export function resourceMutants(objects: Objects, workload: ScaledWorkload): Mutant[] {
  const { kind, spec } = workload.autoscaler;
  if (kind !== "HorizontalPodAutoscaler") return [];
  return listOf(spec.metrics).flatMap((metric, index) => [
    ...utilizationTimes(objects, workload, metric, index),
    ...requestMissing(objects, workload, metric),
    ...otherContainer(objects, workload, metric, index),
  ]);
}

const TIMES_TARGET = 10;

function detailKey(metric: Raw): "resource" | "containerResource" | undefined {
  return metric.type === "Resource"
    ? "resource"
    : metric.type === "ContainerResource"
      ? "containerResource"
      : undefined;
}

function utilizationTimes(
  objects: Objects,
  { name, autoscaler }: ScaledWorkload,
  metric: Raw,
  index: number,
): Mutant[] {
  const key = detailKey(metric);
  const from = key === undefined ? undefined : rawOf(rawOf(metric[key]).target).averageUtilization;
  if (key === undefined || typeof from !== "number") return [];
  const to = from * TIMES_TARGET;
  return [
    {
      ...{ id: "target-times-10", workload: name, object: `HorizontalPodAutoscaler ${autoscaler.name}` },
      ...{ field: `spec.metrics[${index}].${key}.target.averageUtilization`, from: String(from), to: String(to) },
      objects: withChanged(objects, autoscaler, ({ spec }) => {
        const target = rawOf(rawOf(listOf(spec.metrics)[index]?.[key]).target);
        target.averageUtilization = to;
      }),
    },
  ];
}

/** Of a target in percent of the request, which then has no meaning. */
function requestMissing(objects: Objects, { name, kind, object, containers }: ScaledWorkload, metric: Raw): Mutant[] {
  const key = detailKey(metric);
  const detail = key === undefined ? {} : rawOf(metric[key]);
  const resource = String(detail.name);
  const container = containers.find((one) => detail.container === undefined || one.name === detail.container);
  const request = container?.requests[resource];
  if (container === undefined || request === undefined || rawOf(detail.target).averageUtilization === undefined)
    return [];
  return [
    {
      ...{ id: "request-missing", workload: name, object: `${kind} ${object}`, from: "set", to: null },
      field: `container ${container.name}: resources.requests.${resource}`,
      objects: withChanged(objects, { kind, name: object }, ({ spec }) => {
        const pod = rawOf(rawOf(spec.template).spec);
        for (const one of [...listOf(pod.containers), ...listOf(pod.initContainers)]) {
          if (one.name !== container.name) continue;
          const { requests, limits, ...others } = rawOf(one.resources);
          // The API server takes a limit for a missing request.
          one.resources = { ...others, requests: without(requests, resource), limits: without(limits, resource) };
        }
      }),
    },
  ];
}

function without(of: unknown, key: string): Raw {
  return Object.fromEntries(Object.entries(rawOf(of)).filter(([name]) => name !== key));
}

function otherContainer(
  objects: Objects,
  { name, autoscaler, containers }: ScaledWorkload,
  metric: Raw,
  index: number,
): Mutant[] {
  const detail = rawOf(metric.containerResource);
  const other = containers.find((one) => one.name !== detail.container);
  if (metric.type !== "ContainerResource" || other === undefined) return [];
  return [
    {
      ...{ id: "other-container", workload: name, object: `HorizontalPodAutoscaler ${autoscaler.name}` },
      ...{
        field: `spec.metrics[${index}].containerResource.container`,
        from: String(detail.container),
        to: other.name,
      },
      objects: withChanged(objects, autoscaler, ({ spec }) => {
        rawOf(listOf(spec.metrics)[index]?.containerResource).container = other.name;
      }),
    },
  ];
}
