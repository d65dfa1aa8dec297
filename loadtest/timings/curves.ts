import { type Curve, curveOf } from "../model/curve.ts";
import { queueOf, type ReplicaState, replicasOf, type Sample } from "../model/observed.ts";
import type { Recording } from "../model/recording.ts";
import type { Workload } from "../model/workload.ts";

/** For how long a reading holds where the next ones are gaps. */
export const HOLD_MS = 5000;

/** Messages waiting or locked. */
export function queueCurve(samples: readonly Sample[], queue: string): Curve {
  return curveOf(
    samples,
    (sample) => queueOf(sample, queue),
    ({ active }) => active,
  );
}

/** Replicas of a workload; none where its Deployment or StatefulSet is not there. */
export function replicaCurve({ samples }: Recording, workload: Workload, pick: (state: ReplicaState) => number): Curve {
  return curveOf(samples, (sample) => replicasOf(sample, workload), pick, 0);
}
