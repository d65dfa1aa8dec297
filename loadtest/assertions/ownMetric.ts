import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { type MetricState, selectsMetric, shareOfTarget } from "../model/metric.ts";
import { autoscalerOf, replicasOf, type Sample } from "../model/observed.ts";
import { ABSENT, valueOf } from "../model/reading.ts";
import { coverageGap } from "../model/sampleCoverage.ts";
import type { ScalingExpectation } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { shortfall } from "./load.ts";
import { peakMetrics } from "./peakMetrics.ts";
import { interruption, type Run } from "./run.ts";

/**
 * The workload's own metric was above its target, as its HPA read it, or as external.metrics.k8s.io gave it for the replicas of that moment: an HPA that scales
 * out at its first sync writes only its next reading, divided by the new replicas, when the write of the first one is refused for a conflict.
 * So this scaled it, whatever else there was. Of several that are meant, the one furthest above.
 */
export function scaledOnOwnMetric(
  run: Run,
  { workload, metric: selector }: Pick<ScalingExpectation, "workload" | "metric">,
  delivered: number | null,
): Assertion {
  const claim = { id: "scaled-on-own-metric", subject: workload, expected: { metric: selector } } as const;
  const samples = run.samples.filter(({ atMs }) => atMs >= run.loadStartMs);
  const all = samples.map((sample) => ({ atMs: sample.atMs, reading: autoscalerOf(sample, workload) }));
  const states = all.flatMap(({ reading }) => valueOf(reading)?.metrics ?? []);
  const given = samples.flatMap((sample) => externalStates(sample, workload, states));
  const own = [...states, ...given].filter(({ metric }) => selectsMetric(selector, metric));
  const read = own.filter(({ current }) => current !== null);
  const peak = read.reduce<MetricState | undefined>(
    (most, state) => (most === undefined || isFurther(state, most) ? state : most),
    undefined,
  );
  const measured = peak === undefined ? null : { peak };
  if (peak !== undefined && measured !== null && (shareOfTarget(peak) ?? 0) > 1) return passed(claim, measured);
  const doubt =
    shortfall(run.load, delivered) ?? interruption(run) ?? coverageGap(all, run.loadStartMs, run.endMs, workload);
  if (doubt !== undefined) return inconclusive(claim, measured, doubt);
  if (states.length > 0 && own.length === 0 && selector.name !== null) {
    const params = { metric: selector, metrics: peakMetrics(samples, workload) };
    return failed(claim, null, causeOf("hpa-metric-not-there", workload, params));
  }
  // A reading without a target that it could be held against shows neither.
  if (peak?.target === null) return inconclusive(claim, measured, causeOf("no-metric-reading", workload, {}));
  return failed(claim, measured, causeOf("hpa-metric-never-above-target", workload, { metric: selector }));
}

/** What the HPA would read of a sample's external metrics: for each replica that was desired then. Of a target of type Value it is not divided. */
function externalStates(sample: Sample, workload: Workload, states: readonly MetricState[]): MetricState[] {
  const replicas = Math.max(1, valueOf(replicasOf(sample, workload))?.desired ?? Infinity);
  return (valueOf(sample.workloads[workload]?.externalMetrics ?? ABSENT) ?? []).flatMap(({ name, value }) => {
    const known = states.find(({ metric }) => metric.kind === "External" && metric.name === name);
    if (known === undefined) return [];
    return [{ ...known, current: known.targetType === "Value" ? value : value / replicas }];
  });
}

function isFurther(state: MetricState, than: MetricState): boolean {
  return (shareOfTarget(state) ?? -1) > (shareOfTarget(than) ?? -1);
}
