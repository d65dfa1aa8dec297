import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { firstMoment, largest, type Moment } from "../model/curve.ts";
import type { Recording } from "../model/recording.ts";
import type { Timing, TimingId } from "../model/timing.ts";
import type { Workload } from "../model/workload.ts";
import { backlogBegan, drainedAt, replicaCurve } from "./drain.ts";
import { apiScaleOutBound, hpaScaleInBound } from "./hpaBounds.ts";
import { type LowerBound, noBound, plusPodStart, rounded } from "./lowerBound.ts";
import { between, firstProcessed, idleFrom, type Measured } from "./measured.ts";
import { shortestRunningSeconds, shortestStartSeconds } from "./starts.ts";
import {
  allDesiredBound,
  drainBound,
  firstDesiredBound,
  firstProcessedBound,
  workerIdleBound,
} from "./workerBounds.ts";

/**
 * How fast the workloads under test scaled, each step beside the least that the effective configuration allows: every poll, reading and sync of the
 * controller at the best moment, and only what must pass passes.
 * @param orders how many orders the load sent, where that is known; without it a load that took its time has no lower bound for the drain.
 */
export function timingsOf(
  recording: Recording,
  live: AutoscalingConfig,
  mustScale: readonly Workload[],
  { orders }: { orders?: number } = {},
): Timing[] {
  return mustScale.flatMap((workload) =>
    workload === "worker" ? workerTimings(recording, live, orders) : apiTimings(recording, live),
  );
}

function workerTimings(recording: Recording, live: AutoscalingConfig, orders: number | undefined): Timing[] {
  const { loadStartMs, endMs, pods } = recording;
  const began = backlogBegan(recording, live);
  const desired = replicaCurve(recording, "worker", (state) => state.desired);
  const ready = replicaCurve(recording, "worker", (state) => state.ready);
  const startSeconds = shortestStartSeconds(pods, "worker", loadStartMs);
  const idle = live.workerIdleReplicas;
  const most = began === null ? idle : (largest(desired, began.atMs, endMs) ?? idle);
  const untilReplicas = (curve: typeof desired, replicas: number): Measured =>
    between(began, began === null ? null : firstMoment(curve, began.atMs, (count) => count >= replicas));
  const ifScaledOut = (measured: () => Measured): Measured => (most > idle ? measured() : null);

  const firstDesired = firstDesiredBound(live);
  const allDesired =
    began === null ? noBound({ id: "no-backlog", params: {} }) : allDesiredBound(recording, live, began, most);
  const drained = drainedAt(recording, live);
  return [
    timing("worker", "scale-decision", untilReplicas(desired, 1), firstDesired),
    timing(
      "worker",
      "first-ready",
      untilReplicas(ready, 1),
      idle > 0 ? firstDesired : plusPodStart(firstDesired, startSeconds),
    ),
    timing(
      "worker",
      "first-processed",
      firstProcessed(recording, began),
      firstProcessedBound(live, firstDesired, shortestRunningSeconds(pods, "worker", loadStartMs)),
    ),
    timing(
      "worker",
      "all-desired",
      ifScaledOut(() => untilReplicas(desired, most)),
      allDesired,
    ),
    timing(
      "worker",
      "all-ready",
      ifScaledOut(() => untilReplicas(ready, most)),
      plusPodStart(allDesired, startSeconds),
    ),
    timing("worker", "drained", between(began, drained), drainBound(recording, live, { orders, startSeconds, most })),
    timing(
      "worker",
      "idle",
      ifScaledOut(() => between(drained, idleFrom(recording, "worker", live, drained))),
      workerIdleBound(live, most),
    ),
  ];
}

function apiTimings(recording: Recording, live: AutoscalingConfig): Timing[] {
  const { loadStartMs, loadEndMs, pods, endMs } = recording;
  const desired = replicaCurve(recording, "api", (state) => state.desired);
  const ready = replicaCurve(recording, "api", (state) => state.ready);
  const startSeconds = shortestStartSeconds(pods, "api", loadStartMs);
  const loadBegan: Moment = { atMs: loadStartMs, uncertaintySeconds: 0 };
  const loadEnded: Moment | null = loadEndMs === null ? null : { atMs: loadEndMs, uncertaintySeconds: 0 };
  const moreDesired = firstMoment(desired, loadStartMs, (count) => count > live.apiMinimum);
  const moreReady = firstMoment(ready, loadStartMs, (count) => count > live.apiMinimum);
  const scaleOut = apiScaleOutBound(recording, live, moreDesired);
  const most = largest(desired, loadStartMs, endMs) ?? live.apiMinimum;
  return [
    timing("api", "scale-decision", between(loadBegan, moreDesired), scaleOut),
    timing("api", "first-ready", between(loadBegan, moreReady), plusPodStart(scaleOut, startSeconds)),
    timing(
      "api",
      "idle",
      most > live.apiMinimum ? between(loadEnded, idleFrom(recording, "api", live, loadEnded)) : null,
      hpaScaleInBound({ up: live.apiScaleUp, down: live.apiScaleDown }, most, live.apiMinimum),
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
