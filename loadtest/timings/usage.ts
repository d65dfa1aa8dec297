import { type Curve, valueAt } from "../model/curve.ts";
import { isSameMetric, type MetricIdentity } from "../model/metric.ts";
import { autoscalerOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";
import { replicaCurve } from "./curves.ts";

/**
 * How many replicas would be at the target by what the ready ones used together, as the HPA read it: not rounded, by the target as it was then, since a scenario
 * may change it. A moment at which reading, target or replicas are not known is not in it.
 * @param ageMs how old a reading is: it is taken for the moment so much earlier, with the replicas of then.
 */
export function usedReplicas(recording: Recording, workload: Workload, metric: MetricIdentity, ageMs = 0): Curve {
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  return recording.samples.flatMap((sample) => {
    const autoscaler = valueOf(autoscalerOf(sample, workload));
    const atMs = sample.atMs - ageMs;
    const pods = valueAt(ready, atMs);
    const used = autoscaler?.metrics.find((one) => isSameMetric(one.metric, metric));
    if (pods === undefined || used?.current == null || used.target === null || used.target <= 0) return [];
    return [{ atMs, value: (used.current * pods) / used.target }];
  });
}
