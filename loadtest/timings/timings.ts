import { type AutoscalingConfig, scalingOf } from "../model/autoscaling.ts";
import { firstMoment, largest, type Moment } from "../model/curve.ts";
import type { Recording } from "../model/recording.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Timing, TimingId } from "../model/timing.ts";
import type { Workload } from "../model/workload.ts";
import { backlogBegan, drainedAt } from "./backlog.ts";
import { replicaCurve } from "./curves.ts";
import { hpaScaleInBound, hpaScaleOutBound } from "./hpaBounds.ts";
import { metricDesiredBound, metricIdleBound, metricReplicasBound } from "./metricBounds.ts";
import { type LowerBound, noBound, plusPodStart, rounded } from "./lowerBound.ts";
import { between, firstProcessed, idleFrom, type Measured } from "./measured.ts";
import { metricBegan, metricInactive, wokenByMetric } from "./metricDemand.ts";
import { allDesiredBound, drainBound, firstDesiredBound, firstProcessedBound, queueIdleBound } from "./queueBounds.ts";
import { type QueueFed, queueFed } from "./signals.ts";
import { shortestRunningSeconds, shortestStartSeconds } from "./starts.ts";

/**
 * How fast the workloads under test scaled, each step beside the least that the effective configuration allows: every poll, reading and sync of the
 * controller at the best moment, and only what must pass passes. A workload that a queue of the target feeds is timed by its queue, one that KEDA scales on
 * another metric by that metric, any other by the load.
 * @param messages how many messages the load put on the queue; null where that is not known: a load that took its time has no lower bound for the drain then.
 */
export function timingsOf(
  recording: Recording,
  live: AutoscalingConfig,
  { mustScale, queue }: Pick<Scenario, "mustScale" | "queue">,
  { messages }: { messages: number | null },
): Timing[] {
  return mustScale.flatMap(({ workload }) => {
    const fed = queueFed(live, workload, queue);
    if (fed !== undefined) return queueTimings(recording, fed, messages);
    if (wokenByMetric(scalingOf(live, workload))) return metricTimings(recording, live, workload);
    return hpaTimings(recording, live, workload);
  });
}

function queueTimings(recording: Recording, fed: QueueFed, messages: number | null): Timing[] {
  const { loadStartMs, endMs, pods } = recording;
  const { workload, scaling } = fed;
  const began = backlogBegan(recording, fed);
  const desired = replicaCurve(recording, workload, (state) => state.desired);
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const startSeconds = shortestStartSeconds(pods, workload, loadStartMs);
  const idle = scaling.idleReplicas;
  const most = began === null ? idle : (largest(desired, began.atMs, endMs) ?? idle);
  const untilReplicas = (curve: typeof desired, replicas: number): Measured =>
    between(began, began === null ? null : firstMoment(curve, began.atMs, (count) => count >= replicas));
  const ifScaledOut = (measured: () => Measured): Measured => (most > idle ? measured() : null);

  const firstDesired = firstDesiredBound(scaling);
  const allDesired =
    began === null ? noBound({ id: "no-backlog", params: {} }) : allDesiredBound(recording, fed, began, most);
  const drained = drainedAt(recording, fed);
  return [
    timing(workload, "scale-decision", untilReplicas(desired, 1), firstDesired),
    timing(
      workload,
      "first-ready",
      untilReplicas(ready, 1),
      idle > 0 ? firstDesired : plusPodStart(firstDesired, startSeconds),
    ),
    timing(
      workload,
      "first-processed",
      firstProcessed(recording, fed, began),
      firstProcessedBound(scaling, firstDesired, shortestRunningSeconds(pods, workload, loadStartMs)),
    ),
    timing(
      workload,
      "all-desired",
      ifScaledOut(() => untilReplicas(desired, most)),
      allDesired,
    ),
    timing(
      workload,
      "all-ready",
      ifScaledOut(() => untilReplicas(ready, most)),
      plusPodStart(allDesired, startSeconds),
    ),
    timing(workload, "drained", between(began, drained), drainBound(recording, fed, { messages, startSeconds, most })),
    timing(
      workload,
      "idle",
      ifScaledOut(() => between(drained, idleFrom(recording, workload, idle, drained))),
      queueIdleBound(scaling, most),
    ),
  ];
}

/** Of a workload that KEDA scales on a metric which is no queue of the target. */
function metricTimings(recording: Recording, live: AutoscalingConfig, workload: Workload): Timing[] {
  const { loadStartMs, endMs, pods } = recording;
  const scaling = scalingOf(live, workload);
  const idle = scaling.idleReplicas;
  const { began, sampled } = metricBegan(recording, workload, scaling);
  const desired = replicaCurve(recording, workload, (state) => state.desired);
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const startSeconds = shortestStartSeconds(pods, workload, loadStartMs);
  const most = began === null ? idle : (largest(desired, began.atMs, endMs) ?? idle);
  const untilReplicas = (curve: typeof desired, replicas: number): Measured => {
    if (began === null || most <= idle) return null;
    const measured = between(
      began,
      firstMoment(curve, began.atMs, (count) => count >= replicas),
    );
    // Demand began somewhere between the load's start and that moment.
    return measured === null || sampled ? measured : { ...measured, uncertaintySeconds: measured.seconds };
  };
  const seen = { began, sampled, most };
  const firstDesired = metricDesiredBound(scaling, seen);
  const allDesired = metricReplicasBound(scaling, seen);
  const inactive = metricInactive(recording, workload);
  return [
    timing(workload, "scale-decision", untilReplicas(desired, idle + 1), firstDesired),
    timing(workload, "first-ready", untilReplicas(ready, idle + 1), plusPodStart(firstDesired, startSeconds)),
    timing(workload, "all-desired", untilReplicas(desired, most), allDesired),
    timing(workload, "all-ready", untilReplicas(ready, most), plusPodStart(allDesired, startSeconds)),
    timing(
      workload,
      "idle",
      most > idle ? between(inactive, idleFrom(recording, workload, idle, inactive)) : null,
      metricIdleBound(scaling, most),
    ),
  ];
}

/** Of a workload whose HPA alone decides, on metrics that are no queue: from the load's start and from its end. */
function hpaTimings(recording: Recording, live: AutoscalingConfig, workload: Workload): Timing[] {
  const { loadStartMs, loadEndMs, pods, endMs } = recording;
  const { idleReplicas: idle, scaleUp, scaleDown } = scalingOf(live, workload);
  const desired = replicaCurve(recording, workload, (state) => state.desired);
  const ready = replicaCurve(recording, workload, (state) => state.ready);
  const startSeconds = shortestStartSeconds(pods, workload, loadStartMs);
  const loadBegan: Moment = { atMs: loadStartMs, uncertaintySeconds: 0 };
  const loadEnded: Moment | null = loadEndMs === null ? null : { atMs: loadEndMs, uncertaintySeconds: 0 };
  const moreDesired = firstMoment(desired, loadStartMs, (count) => count > idle);
  const moreReady = firstMoment(ready, loadStartMs, (count) => count > idle);
  const scaleOut = hpaScaleOutBound(recording, live, workload, moreDesired);
  const most = largest(desired, loadStartMs, endMs) ?? idle;
  return [
    timing(workload, "scale-decision", between(loadBegan, moreDesired), scaleOut),
    timing(workload, "first-ready", between(loadBegan, moreReady), plusPodStart(scaleOut, startSeconds)),
    timing(
      workload,
      "idle",
      most > idle ? between(loadEnded, idleFrom(recording, workload, idle, loadEnded)) : null,
      scaleDown === null
        ? noBound({ id: "no-hpa-seen", params: {} })
        : hpaScaleInBound({ up: scaleUp ?? scaleDown, down: scaleDown }, most, idle),
    ),
  ];
}

function timing(workload: Workload, id: TimingId, measured: Measured, { seconds, reasons }: LowerBound): Timing {
  const measuredSeconds = measured === null ? null : rounded(measured.seconds);
  const lowerBoundSeconds = seconds === null ? null : rounded(seconds);
  const uncertaintySeconds = rounded(measured?.uncertaintySeconds ?? 0);
  // What may be less than half of what was seen is an upper bound: a ratio of it would say more than was seen.
  const certain = measuredSeconds !== null && uncertaintySeconds <= Math.max(1, measuredSeconds / 2);
  return {
    id,
    workload,
    measuredSeconds,
    lowerBoundSeconds,
    ratio:
      !certain || lowerBoundSeconds === null || lowerBoundSeconds === 0
        ? null
        : Number((measuredSeconds / lowerBoundSeconds).toFixed(2)),
    lowerBound: [...reasons],
    uncertaintySeconds,
  };
}
