import type { PodRecord } from "../model/pods.ts";
import type { Workload } from "../model/workload.ts";

/**
 * How long a pod of a workload took from its creation to ready at the least, in this very run, in seconds; null where none was seen to. The least and not the
 * median: beside a best there must be nothing that was quicker. Less a second: that much longer than it was it can seem to be, of two moments in whole seconds.
 */
export function shortestStartSeconds(pods: readonly PodRecord[], workload: Workload, fromMs: number): number | null {
  return shortestSeconds(pods, workload, fromMs, ({ readyMs }) => readyMs);
}

/** The same until their container ran. */
export function shortestRunningSeconds(pods: readonly PodRecord[], workload: Workload, fromMs: number): number | null {
  return shortestSeconds(pods, workload, fromMs, ({ startedMs }) => startedMs ?? null);
}

/** Kubernetes tells whole seconds, so a pod that is created within the load's first second may be dated before it. */
const GRAIN_MS = 1000;

function shortestSeconds(
  pods: readonly PodRecord[],
  workload: Workload,
  fromMs: number,
  until: (pod: PodRecord) => number | null,
): number | null {
  const seconds = pods
    .filter((pod) => pod.workload === workload && pod.createdMs > fromMs - GRAIN_MS)
    .flatMap((pod) => {
      const reachedMs = until(pod);
      return reachedMs === null ? [] : [Math.max(0, reachedMs - pod.createdMs - GRAIN_MS) / 1000];
    });
  return seconds.length === 0 ? null : Math.min(...seconds);
}
