import type { AutoscalingConfig, ScalingRules } from "../model/autoscaling.ts";
import { type Moment, valueAt } from "../model/curve.ts";
import type { Recording } from "../model/recording.ts";
import type { LowerBoundReason } from "../model/timing.ts";
import { bestCaseAutoscaler, measuredBacklog, queueCurve, workOff } from "./drain.ts";
import { hpaScaleInBound } from "./hpaBounds.ts";
import { HPA_SYNC_SECONDS, stepsTo } from "./hpaPace.ts";
import { bound, type LowerBound, noBound, rounded } from "./lowerBound.ts";

/** KEDA's poll alone decides on the first replica; where some are kept, one is there already. */
export function firstDesiredBound(live: AutoscalingConfig): LowerBound {
  const { workerPollingIntervalSeconds: pollingIntervalSeconds, workerIdleReplicas: replicas } = live;
  if (replicas > 0) return bound(0, { id: "replicas-kept", params: { replicas } });
  if (live.workerScaler !== "keda") return noBound({ id: "no-scaling-from-zero", params: {} });
  return bound(0, { id: "keda-poll", params: { pollingIntervalSeconds } });
}

/** A worker takes orders as soon as it is connected, which may be a probe before it is ready: its container has to run, no more is certain. */
export function firstProcessedBound(
  live: AutoscalingConfig,
  firstDesired: LowerBound,
  runningSeconds: number | null,
): LowerBound {
  const seen: LowerBoundReason = { id: "first-processed-by-queue-length", params: {} };
  if (live.workerIdleReplicas > 0) return bound(0, ...firstDesired.reasons, seen);
  if (firstDesired.seconds === null) return firstDesired;
  if (runningSeconds === null) return noBound({ id: "no-container-start-seen", params: {} }, seen);
  return bound(
    firstDesired.seconds + runningSeconds,
    ...firstDesired.reasons,
    { id: "container-start", params: { seconds: rounded(runningSeconds) } },
    seen,
  );
}

/** The controller's syncs over the queue as it was sampled, at the best moments. */
export function allDesiredBound(
  recording: Recording,
  live: AutoscalingConfig,
  began: Moment,
  most: number,
): LowerBound {
  if (most <= live.workerIdleReplicas) return neverScaledOut(live.workerIdleReplicas);
  const rules = live.workerScaleUp;
  if (rules === null) return noBound({ id: "no-hpa-seen", params: {} });
  const queue = queueCurve(recording.samples);
  const lastSeconds = Math.floor((recording.endMs - began.atMs) / 1000);
  let seconds: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const autoscaler = bestCaseAutoscaler(live, { startSeconds: 0, firstSyncSeconds, otherwise: most });
    for (let second = 0; second <= lastSeconds && autoscaler.desiredAt(most) === null; second++) {
      autoscaler.ready(second, valueAt(queue, began.atMs + second * 1000) ?? 0);
    }
    const reached = autoscaler.desiredAt(most);
    if (reached !== null) seconds = Math.min(seconds ?? Infinity, reached);
  }
  if (seconds === null) return noBound({ id: "recommendation-too-short", params: { replicas: most } });
  return bound(seconds, scaleOutReason(rules, live, most));
}

function scaleOutReason(rules: ScalingRules, live: AutoscalingConfig, most: number): LowerBoundReason {
  const first = Math.max(1, live.workerIdleReplicas);
  const steps = stepsTo({ up: rules, down: rules }, first, most) ?? [];
  const path = [first, ...steps.map(({ replicas }) => replicas)];
  const { policies, selectPolicy, stabilizationSeconds } = rules;
  return {
    id: "hpa-scale-out",
    params: { path, policies, selectPolicy, stabilizationSeconds, syncSeconds: HPA_SYNC_SECONDS },
  };
}

/** The backlog drained by the best-case autoscaler, at the pace that was measured. */
export function drainBound(
  recording: Recording,
  live: AutoscalingConfig,
  seen: { orders: number | undefined; startSeconds: number | null; most: number },
): LowerBound {
  const { startSeconds, most } = seen;
  const backlog = measuredBacklog(recording, live, seen.orders);
  if ("id" in backlog) return noBound(backlog);
  if (startSeconds === null && most > live.workerIdleReplicas) return noBound({ id: "no-pod-start-seen", params: {} });
  if (live.workerScaleUp === null && live.workerIdleReplicas === 0) return noBound({ id: "no-hpa-seen", params: {} });
  let seconds: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const drained = workOff(
      backlog,
      bestCaseAutoscaler(live, { startSeconds: startSeconds ?? 0, firstSyncSeconds, otherwise: most }),
    );
    if (drained !== null) seconds = Math.min(seconds ?? Infinity, drained.seconds);
  }
  if (seconds === null) return noBound({ id: "never-drains", params: {} });
  return bound(seconds, {
    id: "best-case-drain",
    params: {
      orders: backlog.orders,
      arrivalSeconds: rounded(backlog.arrivalSeconds),
      podStartSeconds: rounded(startSeconds ?? 0),
      ordersPerSecondPerReplica: rounded(backlog.ordersPerSecondPerReplica),
    },
  });
}

export function workerIdleBound(live: AutoscalingConfig, most: number): LowerBound {
  const { workerIdleReplicas: idle, workerScaleUp, workerScaleDown } = live;
  if (most <= idle) return neverScaledOut(idle);
  if (live.workerScaler === "hpa" && workerScaleDown !== null) {
    return hpaScaleInBound({ up: workerScaleUp ?? workerScaleDown, down: workerScaleDown }, most, idle);
  }
  if (live.workerScaler !== "keda") return noBound({ id: "no-autoscaler", params: {} });
  const { workerCooldownSeconds: cooldownSeconds, workerPollingIntervalSeconds: pollingIntervalSeconds } = live;
  const polls = Math.max(1, Math.ceil(cooldownSeconds / pollingIntervalSeconds));
  // The cooldown counts from the last poll that saw a message, up to a poll before the queue was empty, and is acted on at a poll.
  return bound((polls - 1) * pollingIntervalSeconds, {
    id: "keda-cooldown",
    params: { cooldownSeconds, pollingIntervalSeconds, maxSeconds: (polls + 1) * pollingIntervalSeconds },
  });
}

function neverScaledOut(replicas: number): LowerBound {
  return noBound({ id: "never-scaled-out", params: { replicas } });
}
