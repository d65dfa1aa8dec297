import type { PodRecord, Workload } from "../report/schema.ts";

/** How long pods of a workload took from their creation to ready, in this very run, in seconds: the median; null where none was seen to. */
export function medianStartSeconds(pods: readonly PodRecord[], workload: Workload, fromMs: number): number | null {
  return medianSeconds(pods, workload, fromMs, ({ readyMs }) => readyMs);
}

/** The same until their container ran. */
export function medianRunningSeconds(pods: readonly PodRecord[], workload: Workload, fromMs: number): number | null {
  return medianSeconds(pods, workload, fromMs, ({ startedMs }) => startedMs ?? null);
}

/** Kubernetes tells whole seconds, so a pod that is created within the load's first second may be dated before it. */
const GRAIN_MS = 1000;

function medianSeconds(
  pods: readonly PodRecord[],
  workload: Workload,
  fromMs: number,
  until: (pod: PodRecord) => number | null,
): number | null {
  const seconds = pods
    .filter((pod) => pod.workload === workload && pod.createdMs > fromMs - GRAIN_MS)
    .flatMap((pod) => {
      const reachedMs = until(pod);
      return reachedMs === null ? [] : [(reachedMs - pod.createdMs) / 1000];
    })
    .sort((a, b) => a - b);
  const middle = seconds[Math.floor((seconds.length - 1) / 2)];
  const other = seconds[Math.ceil((seconds.length - 1) / 2)];
  return middle === undefined || other === undefined ? null : (middle + other) / 2;
}
