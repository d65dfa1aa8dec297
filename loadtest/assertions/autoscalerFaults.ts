import type { AutoscalerState, ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { isSameMetric, type MetricState } from "../model/metric.ts";
import { autoscalerOf, lastSeen, newest, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

/** What keeps a workload's autoscaler from working at all. */
export function autoscalerFaults(samples: readonly Sample[], workload: Workload): Cause[] {
  const causes: Cause[] = [];
  if (workload === "worker") {
    const scaledObject = lastSeen(samples, (sample) => sample.readings.workerScaledObject);
    if (scaledObject?.kind === "absent") causes.push(withoutScaledObject(samples));
    if (scaledObject?.kind === "value") causes.push(...scaledObjectFaults(scaledObject.value));
  }
  const autoscaler = lastSeen(samples, (sample) => autoscalerOf(sample, workload));
  if (autoscaler?.kind === "absent") causes.push(causeOf("hpa-missing", workload, {}));
  if (autoscaler?.kind === "value") causes.push(...falseConditions(autoscaler.value, workload));
  return causes;
}

function scaledObjectFaults({ pausedBy, conditions: { Ready, Fallback } }: ScaledObjectState): Cause[] {
  const causes = pausedBy.map((annotation) => causeOf("scaled-object-paused", "worker", { annotation }));
  if (Ready !== undefined && Ready.status !== "True") {
    causes.push(causeOf("scaled-object-not-ready", "worker", { reason: Ready.reason, message: Ready.message }));
  }
  if (Fallback?.status === "True") {
    const { reason, message } = Fallback;
    causes.push(causeOf("scaled-object-in-fallback", "worker", { reason, message }));
  }
  return causes;
}

function falseConditions(autoscaler: AutoscalerState, workload: Workload): Cause[] {
  return ["AbleToScale", "ScalingActive"].flatMap((type) => {
    const condition = autoscaler.conditions[type];
    // Of a workload at 0 an HPA says "ScalingDisabled", and that is how it has to be.
    if (condition?.status !== "False" || condition.reason === "ScalingDisabled") return [];
    const { reason, message } = condition;
    return [causeOf("hpa-condition-false", workload, { condition: type, reason, message })];
  });
}

/** A worker without a ScaledObject may have another autoscaler, which is then what it follows. */
function withoutScaledObject(samples: readonly Sample[]): Cause {
  const autoscaler = newest(samples, (sample) => sample.readings.workerAutoscaler);
  return autoscaler === undefined
    ? causeOf("scaled-object-missing", "worker", {})
    : causeOf("scaled-by-hpa-without-queue-length", "worker", { metrics: peakMetrics(samples, "worker") });
}

/** Each of the HPA's metrics as it was read at its highest. */
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
  return peaks;
}
