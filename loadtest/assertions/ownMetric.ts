import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { type MetricState, selectsMetric, shareOfTarget } from "../model/metric.ts";
import { autoscalerOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { coverageGap } from "../model/sampleCoverage.ts";
import type { ScalingExpectation } from "../model/scenario.ts";
import { shortfall } from "./load.ts";
import { peakMetrics } from "./peakMetrics.ts";
import { interruption, type Run } from "./run.ts";

/** The HPA read the workload's own metric above its target. So this scaled it, whatever else there was. Of several that are meant, the one furthest above. */
export function scaledOnOwnMetric(
  run: Run,
  { workload, metric: selector }: Pick<ScalingExpectation, "workload" | "metric">,
  delivered: number | null,
): Assertion {
  const claim = { id: "scaled-on-own-metric", subject: workload, expected: { metric: selector } } as const;
  const samples = run.samples.filter(({ atMs }) => atMs >= run.loadStartMs);
  const all = samples.map((sample) => ({ atMs: sample.atMs, reading: autoscalerOf(sample, workload) }));
  const states = all.flatMap(({ reading }) => valueOf(reading)?.metrics ?? []);
  const own = states.filter(({ metric }) => selectsMetric(selector, metric));
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

function isFurther(state: MetricState, than: MetricState): boolean {
  return (shareOfTarget(state) ?? -1) > (shareOfTarget(than) ?? -1);
}
