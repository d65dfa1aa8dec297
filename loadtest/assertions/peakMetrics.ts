import { type Cause, causeOf } from "../model/cause.ts";
import { isResource, isSameMetric, type MetricState, shareOfTarget } from "../model/metric.ts";
import { autoscalerOf, newest, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { Inspected } from "./inspected.ts";

/** Each of the HPA's metrics as it was read at its highest, the one furthest above its target first: an HPA follows the one that asks for most. */
export function peakMetrics(samples: readonly Sample[], workload: Workload): MetricState[] {
  const peaks: MetricState[] = [];
  for (const sample of samples) {
    for (const state of valueOf(autoscalerOf(sample, workload))?.metrics ?? []) {
      const index = peaks.findIndex(({ metric }) => isSameMetric(metric, state.metric));
      const before = peaks[index];
      if (before === undefined) peaks.push(state);
      else if ((state.current ?? -1) > (before.current ?? -1)) peaks[index] = state;
    }
  }
  return peaks.toSorted((one, other) => (shareOfTarget(other) ?? -1) - (shareOfTarget(one) ?? -1));
}

/** The same as causes, with what external.metrics.k8s.io gave where the HPA itself has read nothing: at 0 replicas it does not. */
export function peakReadings(samples: readonly Sample[], { workload, container: main }: Inspected): Cause[] {
  const peaks = peakMetrics(samples, workload);
  const name = newest(samples, (sample) => autoscalerOf(sample, workload))?.name ?? workload;
  return [
    ...peaks.map((metric) => {
      const { container } = metric.metric;
      return container !== undefined && main !== null && container !== main
        ? causeOf("hpa-targets-other-container", workload, { metric })
        : causeOf("hpa-metric-peak", name, { metric });
    }),
    ...externalPeaks(samples, workload, peaks),
  ];
}

function externalPeaks(samples: readonly Sample[], workload: Workload, known: readonly MetricState[]): Cause[] {
  const most = new Map<string, number>();
  for (const { workloads } of samples) {
    const reading = workloads[workload]?.externalMetrics;
    for (const { name, value } of reading?.kind === "value" ? reading.value : []) {
      most.set(name, Math.max(value, most.get(name) ?? 0));
    }
  }
  const read = known.filter(({ metric, current }) => !isResource(metric) && (current ?? 0) > 0);
  return [...most]
    .filter(([name, value]) => value > 0 && !read.some(({ metric }) => metric.name === name))
    .map(([name, value]) => causeOf("external-metric-peak", workload, { name, value }));
}
