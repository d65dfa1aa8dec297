import type { AutoscalerState, ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import { autoscalerOf, lastSeen, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { Workload } from "../model/workload.ts";
import { peakMetrics } from "./peakMetrics.ts";

/**
 * What keeps a workload's autoscaler from working at all.
 * @param followsQueue whether it has to follow a queue's length: then an HPA of its own is no substitute for a ScaledObject.
 */
export function autoscalerFaults(samples: readonly Sample[], workload: Workload, followsQueue: boolean): Cause[] {
  const causes: Cause[] = [];
  const scaledObject = lastSeen(samples, (sample) => scaledObjectOf(sample, workload));
  const autoscaler = lastSeen(samples, (sample) => autoscalerOf(sample, workload));
  if (scaledObject?.kind === "absent" && autoscaler?.kind === "absent") {
    return [causeOf("autoscaler-missing", workload, {})];
  }
  if (scaledObject?.kind === "value") causes.push(...scaledObjectFaults(scaledObject.value));
  if (scaledObject?.kind === "absent" && followsQueue) {
    // What it follows instead.
    const metrics = peakMetrics(samples, workload);
    causes.push(
      autoscaler?.kind === "value"
        ? causeOf("scaled-by-hpa-without-queue-length", workload, { metrics })
        : causeOf("scaled-object-missing", workload, {}),
    );
  }
  if (autoscaler?.kind === "absent") causes.push(causeOf("hpa-missing", workload, {}));
  if (autoscaler?.kind === "value") causes.push(...falseConditions(autoscaler.value));
  return causes;
}

function scaledObjectFaults({ name, pausedBy, conditions: { Ready, Fallback } }: ScaledObjectState): Cause[] {
  const causes = pausedBy.map((annotation) => causeOf("scaled-object-paused", name, { annotation }));
  if (Ready !== undefined && Ready.status !== "True") {
    causes.push(causeOf("scaled-object-not-ready", name, { reason: Ready.reason, message: Ready.message }));
  }
  if (Fallback?.status === "True") {
    const { reason, message } = Fallback;
    causes.push(causeOf("scaled-object-in-fallback", name, { reason, message }));
  }
  return causes;
}

function falseConditions({ name, conditions }: AutoscalerState): Cause[] {
  return ["AbleToScale", "ScalingActive"].flatMap((type) => {
    const condition = conditions[type];
    // Of a workload at 0 an HPA says "ScalingDisabled", and that is how it has to be.
    if (condition?.status !== "False" || condition.reason === "ScalingDisabled") return [];
    const { reason, message } = condition;
    return [causeOf("hpa-condition-false", name, { condition: type, reason, message })];
  });
}
