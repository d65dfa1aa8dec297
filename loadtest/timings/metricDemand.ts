import { externalTriggers, type TriggerState, type WorkloadScaling } from "../model/autoscaling.ts";
import { type Curve, firstMoment, type Moment } from "../model/curve.ts";
import { type ExternalMetricValue, type Sample, scaledObjectOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";
import { sinceLoadStart } from "./backlog.ts";

/** Whether KEDA scales it on a metric that KEDA itself reads: its condition Active then says whether there is demand. */
export function wokenByMetric({ scaler, keda }: WorkloadScaling): boolean {
  return scaler === "keda" && externalTriggers(keda?.triggers ?? []).length > 0;
}

/**
 * When demand was first seen: an external metric above its activation threshold, or the ScaledObject's condition Active, whichever came first.
 * @returns `began` null where it was sampled and never seen; the load's start, with `sampled` false, where neither was sampled.
 */
export function metricBegan(
  { samples, loadStartMs }: Recording,
  workload: Workload,
  scaling: WorkloadScaling,
): { began: Moment | null; sampled: boolean } {
  const triggers = scaling.keda?.triggers ?? [];
  const above = metricCurve(samples, workload, triggers);
  const active = activeCurve(samples, workload);
  const known = [above, active].filter((curve) => curve.some(({ atMs }) => atMs >= loadStartMs));
  if (known.length === 0) return { began: { atMs: loadStartMs, uncertaintySeconds: 0 }, sampled: false };
  const moments = known.flatMap((curve) => firstMoment(curve, loadStartMs, (value) => value === 1) ?? []);
  const earliest = moments.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
  return { began: sinceLoadStart(earliest, loadStartMs), sampled: true };
}

/** When the condition Active was first seen false after the load; null where it was not. KEDA's cooldown runs from there. */
export function metricInactive({ samples, loadEndMs }: Recording, workload: Workload): Moment | null {
  return loadEndMs === null ? null : firstMoment(activeCurve(samples, workload), loadEndMs, (value) => value === 0);
}

/** 1 where the condition Active is true, 0 where it is false; nothing where it is not known. */
function activeCurve(samples: readonly Sample[], workload: Workload): Curve {
  return samples.flatMap((sample) => {
    const status = valueOf(scaledObjectOf(sample, workload))?.conditions.Active?.status;
    return status === "True" || status === "False" ? [{ atMs: sample.atMs, value: status === "True" ? 1 : 0 }] : [];
  });
}

/** 1 where an external metric is above its activation threshold. What `cron` answers outside its interval depends on KEDA's version: its condition alone tells. */
function metricCurve(samples: readonly Sample[], workload: Workload, triggers: readonly TriggerState[]): Curve {
  return samples.flatMap((sample) => {
    const metrics = valueOf(sample.workloads[workload]?.externalMetrics ?? { kind: "absent" }) ?? [];
    const told = metrics.filter(({ name }) => triggerOf(name, triggers)?.type !== "cron");
    if (told.length === 0) return [];
    const above = told.some((metric) => isAbove(metric, triggers));
    return [{ atMs: sample.atMs, value: above ? 1 : 0 }];
  });
}

function isAbove({ name, value }: ExternalMetricValue, triggers: readonly TriggerState[]): boolean {
  return value > (triggerOf(name, triggers)?.activation ?? 0);
}

/** KEDA names a metric by its trigger's index: `s1-prometheus`. Undefined for another name, such as that of a formula. */
function triggerOf(name: string, triggers: readonly TriggerState[]): TriggerState | undefined {
  const index = /^s(\d+)-/.exec(name)?.[1];
  return index === undefined ? undefined : triggers[Number(index)];
}
