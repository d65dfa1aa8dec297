import type { ClusterView, PodUsage } from "./clusterView.ts";
import type { ResourceMetric } from "./hpaSpec.ts";
import { groupPods } from "./podGroups.ts";
import type { Applies } from "./rules.ts";
import type { IsWithin } from "./tolerance.ts";

/** Usage by the pod's ordinal, in thousandths. */
type Values = Map<number, number>;

/** Usage per target of some pods, and what a pod without a sample counts as on a scale-down. */
interface Measure {
  ratio(values: Values): number | null;
  readonly assumedMilli: number;
}

/** What one Resource or ContainerResource metric proposes; null where it fails. replica_calculator.go GetResourceReplicas, calcPlainMetricReplicas */
export function resourceReplicas(
  metric: ResourceMetric,
  view: ClusterView,
  isWithin: IsWithin,
  applies: Applies,
): number | null {
  const [known, pods] = [view.usage(), view.pods()];
  if (known.length === 0 || pods.length === 0) return null;
  const samples = new Map<number, PodUsage>();
  const values: Values = new Map();
  for (const usage of known) {
    const value = usageOf(usage, metric, applies);
    if (value === null) continue;
    samples.set(usage.ordinal, usage);
    values.set(usage.ordinal, value);
  }
  const groups = groupPods(pods, samples, metric.resource, view.nowMillis(), applies);
  const inGroup = (group: string): number[] => [...groups].filter(([, one]) => one === group).map(([pod]) => pod);
  const [unready, missing] = [inGroup("unready"), inGroup("missing")];
  for (const pod of [...inGroup("ignored"), ...unready]) values.delete(pod);
  if (values.size === 0) return applies("no-usable-pod-fails") ? null : view.specReplicas;
  const measure = measureOf(metric, view, applies);
  if (measure === null) return null;
  const ratio = measure.ratio(values);
  if (ratio === null) return null;

  const unreadyCount = unready.length > 0 && ratio > 1 && applies("unready-zero-on-scale-up");
  if (!unreadyCount && missing.length === 0) {
    return isWithin(ratio) ? view.specReplicas : Math.ceil(ratio * inGroup("counted").length);
  }
  if (ratio < 1 && applies("missing-full-on-scale-down")) {
    for (const pod of missing) values.set(pod, measure.assumedMilli);
  }
  if (ratio > 1 && applies("missing-zero-on-scale-up")) for (const pod of missing) values.set(pod, 0);
  if (unreadyCount) for (const pod of unready) values.set(pod, 0);
  const corrected = measure.ratio(values);
  if (corrected === null) return null;
  if (isWithin(corrected)) return view.specReplicas;
  if (isReversed(ratio, corrected, 1) && applies("direction-kept-by-ratio")) return view.specReplicas;
  const replicas = Math.ceil(corrected * values.size);
  const reversed = isReversed(corrected, replicas, view.specReplicas);
  return reversed && applies("direction-kept-by-count") ? view.specReplicas : replicas;
}

/** Whether a ratio asks for one direction while a result lies on the other side of what there is. */
function isReversed(ratio: number, result: number, neutral: number): boolean {
  return (ratio < 1 && result > neutral) || (ratio > 1 && result < neutral);
}

/** metrics/client.go getContainerMetrics, getPodMetrics */
function usageOf({ containers }: PodUsage, { resource, container }: ResourceMetric, applies: Applies): number | null {
  if (container !== null) return containers.get(container)?.get(resource) ?? null;
  if (containers.size === 0) return null;
  let sum = 0;
  for (const usage of containers.values()) {
    const value = usage.get(resource);
    if (value === undefined && applies("container-without-usage-hides-pod")) return null;
    sum += value ?? 0;
  }
  return sum;
}

function measureOf(metric: ResourceMetric, view: ClusterView, applies: Applies): Measure | null {
  const { target } = metric;
  const total = (values: Values): number => [...values.values()].reduce((sum, value) => sum + value, 0);
  if (target.type === "AverageValue") {
    // metrics/utilization.go GetMetricUsageRatio
    const ratio = (values: Values): number => {
      const average = total(values) / values.size;
      return (applies("average-in-whole-units") ? Math.trunc(average) : average) / target.milli;
    };
    return { ratio, assumedMilli: target.milli };
  }
  const request = requestOf(metric, view, applies);
  if (request === null) return null;
  const assumedPercent = applies("missing-target-above-100") ? Math.max(100, target.percent) : 100;
  return {
    // metrics/utilization.go GetResourceUtilizationRatio
    ratio: (values) => {
      const requests = request * values.size;
      if (requests === 0) return null;
      if (!applies("utilization-in-whole-percent")) return (total(values) * 100) / requests / target.percent;
      // Bytes in thousandths, times 100, are beyond the integers that a number holds exactly.
      return Number((BigInt(total(values)) * 100n) / BigInt(requests)) / target.percent;
    },
    assumedMilli: Math.trunc((request * assumedPercent) / 100),
  };
}

/** replica_calculator.go calculatePodRequestsFromContainers: of one pod, in thousandths; null where a request is missing. */
function requestOf({ resource, container }: ResourceMetric, view: ClusterView, applies: Applies): number | null {
  const chosen =
    container !== null && applies("request-of-the-container")
      ? view.containers.filter(({ name }) => name === container)
      : view.containers;
  if (chosen.length === 0) return null;
  let sum = 0;
  for (const { requests } of chosen) {
    const request = requests[resource];
    if (request === undefined && applies("missing-request-fails")) return null;
    sum += request ?? 0;
  }
  return sum;
}
