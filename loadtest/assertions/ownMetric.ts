import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { isResource, type MetricIdentity, type MetricState } from "../model/metric.ts";
import { autoscalerOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { coverageGap } from "../model/sampleCoverage.ts";
import type { ScalingExpectation } from "../model/scenario.ts";
import { shortfall } from "./load.ts";
import { interruption, type Run } from "./run.ts";

/** The HPA read the workload's own metric above its target. So this scaled it, whatever else there was. */
export function scaledOnOwnMetric(
  run: Run,
  { workload, signal }: Pick<ScalingExpectation, "workload" | "signal">,
  declaredIterations: number,
): Assertion {
  const claim = { id: "scaled-on-own-metric", subject: workload, expected: { signal } } as const;
  const all = run.samples
    .filter(({ atMs }) => atMs >= run.loadStartMs)
    .map((sample) => ({ atMs: sample.atMs, reading: autoscalerOf(sample, workload) }));
  let peak: MetricState | undefined;
  for (const { reading } of all) {
    const state = valueOf(reading)?.metrics.find(({ metric }) => isSignal(metric, signal));
    if (state !== undefined && (state.current ?? -1) > (peak?.current ?? -1)) peak = state;
  }
  const measured = peak === undefined ? null : { peak };
  if (measured !== null && peak?.current != null && peak.target !== null && peak.current > peak.target) {
    return passed(claim, measured);
  }
  const doubt =
    shortfall(run.load, declaredIterations) ??
    interruption(run) ??
    coverageGap(all, run.loadStartMs, run.endMs, workload);
  if (doubt !== undefined) return inconclusive(claim, measured, doubt);
  return failed(claim, measured, causeOf("hpa-metric-never-above-target", workload, { signal }));
}

/** The queue's length comes to the HPA as a metric that is no resource's. */
function isSignal(metric: MetricIdentity, signal: ScalingExpectation["signal"]): boolean {
  return signal === "queue" ? !isResource(metric) : isResource(metric, signal);
}
