import type { Recording } from "../model/recording.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { type DeploymentState, deploymentOf, type Sample } from "../model/observed.ts";
import type { Workload } from "../model/workload.ts";
import type { BacklogGap } from "../model/timing.ts";
import { type Curve, curveOf, firstMoment, largest, type Moment, valueAt } from "../model/curve.ts";
import { HPA_SYNC_SECONDS, hpaPace } from "./hpaPace.ts";

/** A load that takes no longer than this counts as a backlog that was there at once, where the number of its orders is not known. */
export const INSTANT_LOAD_MS = 15_000;
/** For how long a reading of the queue or of replicas holds. */
const HOLD_MS = 5000;
const STEP_SECONDS = 0.25;
/** A simulated drain that takes longer than this ends nowhere. */
const LONGEST_SECONDS = 24 * 3600;

/** The backlog of a run: how many orders came, and how fast a replica processed them. */
export interface Backlog {
  /** Orders that came. */
  orders: number;
  /** How long they kept coming, evenly as far as is known. */
  arrivalSeconds: number;
  /** Orders a second of one ready replica, as measured while there was work. */
  ordersPerSecondPerReplica: number;
}

/** Messages waiting or locked. */
export function queueCurve(samples: readonly Sample[]): Curve {
  return curveOf(
    samples,
    (sample) => sample.readings.queue,
    (queue) => queue.active,
  );
}

/** Replicas of a workload; none where there is no such Deployment. */
export function replicaCurve(
  { samples }: Recording,
  workload: Workload,
  pick: (state: DeploymentState) => number,
): Curve {
  return curveOf(samples, (sample) => deploymentOf(sample, workload), pick, 0);
}

/**
 * When the queue was first seen above KEDA's activation threshold, as that was then: a scenario may change it. Null where it never was.
 */
export function backlogBegan({ samples, loadStartMs }: Recording, live: AutoscalingConfig): Moment | null {
  const wakes = samples.flatMap(({ atMs, readings: { queue, workerScaledObject } }) => {
    if (queue.kind !== "value") return [];
    const then = workerScaledObject.kind === "value" ? workerScaledObject.value.activationMessages : null;
    const activation = then ?? live.workerActivationMessages ?? 0;
    return [{ atMs, value: queue.value.active > activation ? 1 : 0 }];
  });
  const began = firstMoment(wakes, loadStartMs, (value) => value === 1);
  // It is this load's, so it was not there before it.
  return began === null
    ? null
    : { ...began, uncertaintySeconds: Math.min(began.uncertaintySeconds, (began.atMs - loadStartMs) / 1000) };
}

/** When the queue was first seen empty after the load; null where it was not. The backlog itself may show only after a short load has ended. */
export function drainedAt(recording: Recording, live: AutoscalingConfig): Moment | null {
  const { samples, loadEndMs } = recording;
  const began = backlogBegan(recording, live);
  if (loadEndMs === null || began === null) return null;
  return firstMoment(queueCurve(samples), Math.max(loadEndMs, began.atMs), (active) => active === 0);
}

/**
 * The backlog as it was seen, and the pace at which a replica worked it off.
 * @param orders how many were sent, where that is known; else the most that were seen on the queue stand in, if the load was over at once.
 * @returns what is missing where something was not seen.
 */
export function measuredBacklog(
  recording: Recording,
  live: AutoscalingConfig,
  orders: number | undefined,
): Backlog | BacklogGap {
  const { samples, loadStartMs, loadEndMs } = recording;
  const queue = queueCurve(samples);
  if (backlogBegan(recording, live) === null) return { id: "no-backlog", params: {} };
  if (loadEndMs === null) return { id: "load-not-ended", params: {} };
  const most = largest(queue, loadStartMs, recording.endMs) ?? 0;
  if (orders === undefined && loadEndMs - loadStartMs > INSTANT_LOAD_MS) return { id: "orders-unknown", params: {} };
  const total = Math.max(orders ?? 0, most);
  const ordersPerSecondPerReplica = paceWhileBusy(recording, total, live.workerMaximum);
  if (ordersPerSecondPerReplica === null) return { id: "no-busy-worker", params: {} };
  return {
    orders: total,
    arrivalSeconds: (loadEndMs - loadStartMs) / 1000,
    ordersPerSecondPerReplica,
  };
}

/** What left the queue, over the time that ready replicas had work. */
function paceWhileBusy(recording: Recording, orders: number, maximum: number): number | null {
  const { samples, loadStartMs, loadEndMs } = recording;
  const queue = queueCurve(samples);
  const ready = replicaCurve(recording, "worker", (deployment) => Math.min(deployment.ready, maximum));
  const arrived = (atMs: number): number =>
    loadEndMs === null || loadEndMs <= loadStartMs
      ? orders
      : orders * Math.min(1, Math.max(0, (atMs - loadStartMs) / (loadEndMs - loadStartMs)));
  let processed = 0;
  let replicaSeconds = 0;
  for (const [index, reading] of queue.entries()) {
    const before = queue[index - 1];
    if (before === undefined || before.atMs < loadStartMs || before.value === 0 || reading.value === 0) continue;
    const replicas = valueAt(ready, before.atMs);
    if (replicas === undefined || replicas === 0 || reading.atMs - before.atMs > HOLD_MS) continue;
    processed += before.value - reading.value + arrived(reading.atMs) - arrived(before.atMs);
    replicaSeconds += (replicas * (reading.atMs - before.atMs)) / 1000;
  }
  return replicaSeconds > 0 && processed > 0 ? processed / replicaSeconds : null;
}

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
  { orders, arrivalSeconds, ordersPerSecondPerReplica }: Backlog,
  policy: ReplicaPolicy,
): { seconds: number; replicaSeconds: number } | null {
  let active = arrivalSeconds <= 0 ? orders : 0;
  let replicaSeconds = 0;
  for (let seconds = 0; seconds < LONGEST_SECONDS;) {
    const due = arrivalSeconds <= 0 ? 0 : Math.min(STEP_SECONDS, Math.max(0, arrivalSeconds - seconds));
    active += arrivalSeconds <= 0 ? 0 : (orders * due) / arrivalSeconds;
    const ready = policy.ready(seconds, active);
    const capacity = ready * ordersPerSecondPerReplica * STEP_SECONDS;
    // The last step ends when the last order does.
    const last = seconds + due >= arrivalSeconds && active <= capacity;
    const step = last ? Math.max(due, capacity === 0 ? 0 : (active / capacity) * STEP_SECONDS) : STEP_SECONDS;
    replicaSeconds += ready * step;
    seconds += step;
    active = Math.max(0, active - capacity);
    if (last) return { seconds, replicaSeconds };
  }
  return null;
}

/** What KEDA's rule recommends: messages divided by those of a replica, rounded up. Without one, for an HPA on another metric, `otherwise`. */
export function recommendedReplicas(live: AutoscalingConfig, active: number, otherwise: number): number {
  const { workerMessagesPerReplica: each } = live;
  return each === null || each <= 0 ? otherwise : Math.ceil(active / each);
}

/**
 * The best-case autoscaler: the effective configuration with every wait at its shortest. KEDA polls as the backlog comes, and the controller's syncs, every
 * 15 s, begin `firstSyncSeconds` after it. A replica that is desired is ready `startSeconds` later; none is removed before the end.
 */
export function bestCaseAutoscaler(
  live: AutoscalingConfig,
  { startSeconds, firstSyncSeconds, otherwise }: { startSeconds: number; firstSyncSeconds: number; otherwise: number },
): ReplicaPolicy & { desiredAt(replicas: number): number | null } {
  const rules = live.workerScaleUp;
  const pace =
    rules === null
      ? null
      : hpaPace({
          up: rules,
          down: live.workerScaleDown ?? rules,
          minimum: Math.max(live.workerIdleReplicas, 1),
          maximum: live.workerMaximum,
          replicas: live.workerIdleReplicas,
        });
  const desired: { atSeconds: number; replicas: number }[] = [
    { atSeconds: -Infinity, replicas: live.workerIdleReplicas },
  ];
  let nextSync = firstSyncSeconds;
  const desire = (atSeconds: number, replicas: number): void => {
    if (replicas > (desired.at(-1)?.replicas ?? 0)) desired.push({ atSeconds, replicas });
  };
  return {
    ready: (atSeconds, active) => {
      if (pace !== null) {
        const awake = active > (live.workerActivationMessages ?? 0) || pace.replicas() > 0;
        if (pace.replicas() === 0 && awake) {
          pace.set(1);
          desire(atSeconds, 1);
        }
        if (atSeconds >= nextSync) {
          nextSync += HPA_SYNC_SECONDS;
          const recommended = Math.max(recommendedReplicas(live, active, otherwise), pace.replicas());
          if (pace.replicas() > 0) desire(atSeconds, pace.sync(atSeconds, recommended));
        }
      }
      return desired.findLast((one) => one.atSeconds + startSeconds <= atSeconds)?.replicas ?? live.workerIdleReplicas;
    },
    desiredAt: (replicas) => desired.find((one) => one.replicas >= replicas)?.atSeconds ?? null,
  };
}
