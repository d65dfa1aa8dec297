import type { ClusterView } from "./clusterView.ts";
import type { HpaSpec, ResourceMetric } from "./hpaSpec.ts";

/** What one sync read of each metric of an HPA, in its order: percent of Utilization, else in the metric's unit; null where it was not read. */
export type MetricReadings = readonly (number | null)[];

/**
 * What an HPA's status says of a sync: of AverageValue for each replica, of a resource on average over the pods that metrics-server has. Computed beside the
 * proposal, which takes more care of pods without a sample: it decides nothing.
 * @param external what the sync read of external metrics, in thousandths.
 */
export function metricReadings(
  spec: HpaSpec,
  view: Pick<ClusterView, "usage" | "containers" | "statusReplicas">,
  external: ReadonlyMap<string, number | null>,
): MetricReadings {
  return spec.metrics.map((metric) => {
    if (metric.type !== "External") return resourceReading(metric, view);
    const milli = external.get(metric.name) ?? null;
    if (milli === null) return null;
    return metric.target.type === "Value" ? milli / 1000 : milli / 1000 / Math.max(1, view.statusReplicas);
  });
}

function resourceReading(
  { resource, container, target }: ResourceMetric,
  { usage, containers }: Pick<ClusterView, "usage" | "containers">,
): number | null {
  const values = usage().flatMap((pod) => {
    const chosen = container === null ? [...pod.containers.values()] : [pod.containers.get(container)];
    const used = chosen.map((one) => one?.get(resource));
    return used.some((one) => one === undefined) ? [] : [used.reduce<number>((sum, one) => sum + (one ?? 0), 0)];
  });
  if (values.length === 0) return null;
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (target.type === "AverageValue") return Math.trunc(average) / 1000;
  const requests = containers
    .filter(({ name }) => container === null || name === container)
    .map(({ requests: of }) => of[resource]);
  const request = requests.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return request === 0 || requests.includes(undefined) ? null : Math.trunc((average * 100) / request);
}
