import type { WorkloadScaling } from "../model/autoscaling.ts";
import type { Backlog } from "./backlog.ts";
import { HPA_SYNC_SECONDS, hpaPace } from "./hpaPace.ts";
import { triggerOfQueue } from "./signals.ts";

const STEP_SECONDS = 0.25;
/** A simulated drain that takes longer than this ends nowhere. */
const LONGEST_SECONDS = 24 * 3600;

/** Decides how many replicas are ready while a backlog is drained. */
export interface ReplicaPolicy {
  /** How many are ready, by the queue's length at this step. */
  ready(atSeconds: number, active: number): number;
}

/**
 * A backlog drained under a policy: arrivals evenly over their time, each replica at the measured pace.
 * @returns how long it took and the replica-seconds of that time; null where it would never end.
 */
export function workOff(
  { messages, arrivalSeconds, messagesPerSecondPerReplica }: Backlog,
  policy: ReplicaPolicy,
): { seconds: number; replicaSeconds: number } | null {
  let active = arrivalSeconds <= 0 ? messages : 0;
  let replicaSeconds = 0;
  for (let seconds = 0; seconds < LONGEST_SECONDS;) {
    const due = arrivalSeconds <= 0 ? 0 : Math.min(STEP_SECONDS, Math.max(0, arrivalSeconds - seconds));
    active += arrivalSeconds <= 0 ? 0 : (messages * due) / arrivalSeconds;
    const ready = policy.ready(seconds, active);
    const capacity = ready * messagesPerSecondPerReplica * STEP_SECONDS;
    // The last step ends when the last message does.
    const last = seconds + due >= arrivalSeconds && active <= capacity;
    const step = last ? Math.max(due, capacity === 0 ? 0 : (active / capacity) * STEP_SECONDS) : STEP_SECONDS;
    replicaSeconds += ready * step;
    seconds += step;
    active = Math.max(0, active - capacity);
    if (last) return { seconds, replicaSeconds };
  }
  return null;
}

/** How many messages KEDA's rule gives a replica; null where KEDA does not follow the queue. */
export function messagesPerReplicaOf(scaling: WorkloadScaling): number | null {
  return triggerOfQueue(scaling)?.target ?? null;
}

/** What KEDA's rule recommends: messages divided by those of a replica, rounded up. Without one, for an HPA on another metric, `otherwise`. */
export function recommendedReplicas(scaling: WorkloadScaling, active: number, otherwise: number): number {
  const each = messagesPerReplicaOf(scaling);
  return each === null || each <= 0 ? otherwise : Math.ceil(active / each);
}

/** The fewest that its HPA keeps, and KEDA starts, once there is work. */
export function fewestAwake({ idleReplicas, minReplicas }: WorkloadScaling): number {
  return Math.max(idleReplicas, minReplicas, 1);
}

/**
 * The best-case autoscaler: the effective configuration with every wait at its shortest. KEDA polls as the backlog comes, and the controller's syncs, every
 * 15 s, begin `firstSyncSeconds` after it. A replica that is desired is ready `startSeconds` later; none is removed before the end.
 */
export function bestCaseAutoscaler(
  scaling: WorkloadScaling,
  { startSeconds, firstSyncSeconds, otherwise }: { startSeconds: number; firstSyncSeconds: number; otherwise: number },
): ReplicaPolicy & { desiredAt(replicas: number): number | null } {
  const { scaleUp, scaleDown, idleReplicas, maxReplicas } = scaling;
  const awakeReplicas = fewestAwake(scaling);
  const activation = triggerOfQueue(scaling)?.activation ?? 0;
  const pace =
    scaleUp === null
      ? null
      : hpaPace({
          up: scaleUp,
          down: scaleDown ?? scaleUp,
          minimum: awakeReplicas,
          maximum: maxReplicas,
          replicas: idleReplicas,
        });
  const desired: { atSeconds: number; replicas: number }[] = [{ atSeconds: -Infinity, replicas: idleReplicas }];
  let nextSync = firstSyncSeconds;
  const desire = (atSeconds: number, replicas: number): void => {
    if (replicas > (desired.at(-1)?.replicas ?? 0)) desired.push({ atSeconds, replicas });
  };
  return {
    ready: (atSeconds, active) => {
      if (pace !== null) {
        const asleep = pace.replicas() < awakeReplicas;
        if (asleep && active > activation) {
          pace.set(awakeReplicas);
          desire(atSeconds, awakeReplicas);
        }
        if (atSeconds >= nextSync) {
          nextSync += HPA_SYNC_SECONDS;
          const recommended = Math.max(recommendedReplicas(scaling, active, otherwise), pace.replicas());
          if (pace.replicas() >= awakeReplicas) desire(atSeconds, pace.sync(atSeconds, recommended));
        }
      }
      return desired.findLast((one) => one.atSeconds + startSeconds <= atSeconds)?.replicas ?? idleReplicas;
    },
    desiredAt: (replicas) => desired.find((one) => one.replicas >= replicas)?.atSeconds ?? null,
  };
}
