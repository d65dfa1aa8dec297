import { kedaWakes, type ScalingRules, type WorkloadScaling } from "../model/autoscaling.ts";
import { type Moment, valueAt } from "../model/curve.ts";
import type { Recording } from "../model/recording.ts";
import type { LowerBoundReason } from "../model/timing.ts";
import { measuredBacklog } from "./backlog.ts";
import { queueCurve } from "./curves.ts";
import { bestCaseAutoscaler, fewestAwake, workOff } from "./drain.ts";
import { hpaScaleInBound } from "./hpaBounds.ts";
import { HPA_SYNC_SECONDS, stepsTo } from "./hpaPace.ts";
import { bound, type LowerBound, neverScaledOut, noBound, rounded } from "./lowerBound.ts";
import type { QueueFed } from "./signals.ts";

/** KEDA's poll alone decides on the first replica; where some are kept, one is there already. */
export function firstDesiredBound({ idleReplicas: replicas, keda }: WorkloadScaling): LowerBound {
  if (replicas > 0) return bound(0, { id: "replicas-kept", params: { replicas } });
  if (keda === null) return noBound({ id: "no-scaling-from-zero", params: {} });
  return bound(0, { id: "keda-poll", params: { pollingIntervalSeconds: keda.pollingIntervalSeconds } });
}

/** A consumer takes messages as soon as it is connected, which may be a probe before it is ready: its container has to run, no more is certain. */
export function firstProcessedBound(
  { idleReplicas }: WorkloadScaling,
  firstDesired: LowerBound,
  runningSeconds: number | null,
): LowerBound {
  const seen: LowerBoundReason = { id: "first-processed-by-queue-length", params: {} };
  if (idleReplicas > 0) return bound(0, ...firstDesired.reasons, seen);
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
  { queue: name, scaling }: QueueFed,
  began: Moment,
  most: number,
): LowerBound {
  if (most <= scaling.idleReplicas) return neverScaledOut(scaling.idleReplicas);
  const rules = scaling.scaleUp;
  if (rules === null) return noBound({ id: "no-hpa-seen", params: {} });
  const queue = queueCurve(recording.samples, name);
  const lastSeconds = Math.floor((recording.endMs - began.atMs) / 1000);
  let seconds: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const autoscaler = bestCaseAutoscaler(scaling, { startSeconds: 0, firstSyncSeconds, otherwise: most });
    for (let second = 0; second <= lastSeconds && autoscaler.desiredAt(most) === null; second++) {
      autoscaler.ready(second, valueAt(queue, began.atMs + second * 1000) ?? 0);
    }
    const reached = autoscaler.desiredAt(most);
    if (reached !== null) seconds = Math.min(seconds ?? Infinity, reached);
  }
  if (seconds === null) return noBound({ id: "recommendation-too-short", params: { replicas: most } });
  return bound(seconds, scaleOutReason(rules, scaling, most));
}

function scaleOutReason(rules: ScalingRules, scaling: WorkloadScaling, most: number): LowerBoundReason {
  const first = fewestAwake(scaling);
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
  fed: QueueFed,
  seen: { messages: number | null; startSeconds: number | null; most: number },
): LowerBound {
  const { startSeconds, most } = seen;
  const { scaling } = fed;
  const backlog = measuredBacklog(recording, fed, seen.messages);
  if ("id" in backlog) return noBound(backlog);
  if (startSeconds === null && most > scaling.idleReplicas) return noBound({ id: "no-pod-start-seen", params: {} });
  if (scaling.scaleUp === null && scaling.idleReplicas === 0) return noBound({ id: "no-hpa-seen", params: {} });
  let seconds: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const drained = workOff(
      backlog,
      bestCaseAutoscaler(scaling, { startSeconds: startSeconds ?? 0, firstSyncSeconds, otherwise: most }),
    );
    if (drained !== null) seconds = Math.min(seconds ?? Infinity, drained.seconds);
  }
  if (seconds === null) return noBound({ id: "never-drains", params: {} });
  return bound(seconds, {
    id: "best-case-drain",
    params: {
      orders: backlog.messages,
      arrivalSeconds: rounded(backlog.arrivalSeconds),
      podStartSeconds: rounded(startSeconds ?? 0),
      ordersPerSecondPerReplica: rounded(backlog.messagesPerSecondPerReplica),
    },
  });
}

/** From the empty queue to idle replicas. */
export function queueIdleBound(scaling: WorkloadScaling, most: number): LowerBound {
  const { idleReplicas: idle, scaleUp, scaleDown, keda } = scaling;
  if (most <= idle) return neverScaledOut(idle);
  if (scaling.scaler === "hpa" && scaleDown !== null) {
    return hpaScaleInBound({ up: scaleUp ?? scaleDown, down: scaleDown }, most, idle);
  }
  if (keda === null) return noBound({ id: "no-autoscaler", params: {} });
  if (!kedaWakes(scaling)) return noBound({ id: "scale-in-before-demand-ended", params: {} });
  const { seconds, maxSeconds } = kedaCooldown(keda);
  const { cooldownSeconds, pollingIntervalSeconds } = keda;
  return bound(seconds, { id: "keda-cooldown", params: { cooldownSeconds, pollingIntervalSeconds, maxSeconds } });
}

/**
 * KEDA's cooldown, at its shortest. It counts from the last poll that saw demand, up to a poll before demand was gone, and is acted on at a poll.
 * @param keda its cooldown period and polling interval.
 */
export function kedaCooldown({
  cooldownSeconds,
  pollingIntervalSeconds,
}: {
  cooldownSeconds: number;
  pollingIntervalSeconds: number;
}): { seconds: number; maxSeconds: number } {
  const polls = Math.max(1, Math.ceil(cooldownSeconds / pollingIntervalSeconds));
  return { seconds: (polls - 1) * pollingIntervalSeconds, maxSeconds: (polls + 1) * pollingIntervalSeconds };
}
