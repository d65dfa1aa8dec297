import { type AutoscalingConfig, type ScalingRules, scalingOf } from "../model/autoscaling.ts";
import type { Moment } from "../model/curve.ts";
import { isResource } from "../model/metric.ts";
import { autoscalerOf } from "../model/observed.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";
import { TOLERANCE } from "../simulator/tolerance.ts";
import { HPA_SYNC_SECONDS, hpaPace } from "./hpaPace.ts";
import { bound, type LowerBound, neverScaledOut, noBound, rounded } from "./lowerBound.ts";
import { usedReplicas } from "./usage.ts";

/** How often a kubelet measures its containers, in seconds; cAdvisor's default, which is in no object. */
export const HOUSEKEEPING_SECONDS = 10;
const LONGEST_SCALE_IN_SECONDS = 24 * 3600;

/** Scaling in by an HPA whose last high reading was taken at the load's very end. */
export function hpaScaleInBound(rules: { up: ScalingRules; down: ScalingRules }, from: number, to: number): LowerBound {
  if (from <= to) return neverScaledOut(to);
  const pace = hpaPace({ ...rules, minimum: to, maximum: from, replicas: from });
  pace.sync(0, from);
  let seconds = 0;
  while (pace.replicas() > to && seconds < LONGEST_SCALE_IN_SECONDS) {
    seconds += HPA_SYNC_SECONDS;
    pace.sync(seconds, to);
  }
  if (pace.replicas() > to) return noBound({ id: "policies-prevent-scale-in", params: {} });
  const { stabilizationSeconds } = rules.down;
  return bound(seconds, {
    id: "hpa-scale-in",
    params: { from, to, stabilizationSeconds, syncSeconds: HPA_SYNC_SECONDS },
  });
}

/**
 * The least share of a metrics window that this load needs for its average to exceed the target. The load is what all pods together used at the most: the
 * reading that the HPA acted on is an average itself, of a window that may have begun before the load.
 */
export function hpaScaleOutBound(
  recording: Recording,
  live: AutoscalingConfig,
  workload: Workload,
  moreDesired: Moment | null,
): LowerBound {
  const { metricsResolutionSeconds: resolutionSeconds } = live;
  const { scaler, idleReplicas } = scalingOf(live, workload);
  if (moreDesired === null) return neverScaledOut(idleReplicas);
  if (scaler === "none") return noBound({ id: "no-autoscaler", params: {} });
  // By the targets as they were then: a scenario may change them. The controller writes what it read in the same sync; a sample may fall between the two.
  const highest = recording.samples
    .filter(({ atMs }) => atMs >= moreDesired.atMs && atMs <= moreDesired.atMs + 2000)
    .flatMap((sample) => {
      const autoscaler = autoscalerOf(sample, workload);
      return autoscaler.kind === "value" ? autoscaler.value.metrics : [];
    })
    .flatMap(({ metric, current: read, target }) =>
      read === null || target === null || target <= 0 ? [] : [{ metric, target, read }],
    )
    .sort((a, b) => b.read / b.target - a.read / a.target)[0];
  if (highest === undefined) return noBound({ id: "no-reading-seen", params: {} });
  const { metric, target, read } = highest;
  if (!isResource(metric, "cpu")) return bound(0, { id: "metric-without-average", params: { metric } });
  const ageMs = (HOUSEKEEPING_SECONDS + resolutionSeconds) * 1000;
  const most = Math.max(0, ...usedReplicas(recording, workload, metric, ageMs).map(({ value }) => value));
  const mostRead = Math.max(read, (most / Math.max(1, idleReplicas)) * target);
  const needed = 1 + TOLERANCE;
  const share = Math.min(1, (needed * target) / Math.max(mostRead, needed * target));
  const seconds = share * resolutionSeconds;
  return bound(seconds, {
    id: "cpu-average",
    params: {
      readPercent: rounded(mostRead),
      targetPercent: target,
      resolutionSeconds,
      neededSeconds: rounded(seconds),
      housekeepingSeconds: HOUSEKEEPING_SECONDS,
      syncSeconds: HPA_SYNC_SECONDS,
      meanDelaySeconds: rounded((HOUSEKEEPING_SECONDS + resolutionSeconds + HPA_SYNC_SECONDS) / 2),
    },
  });
}
