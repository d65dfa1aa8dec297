import type { Pod, PodUsage } from "./clusterView.ts";
import type { Applies } from "./rules.ts";

/** The controller manager's --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay by their defaults. */
const CPU_INITIALIZATION_MILLIS = 300_000;
const INITIAL_READINESS_MILLIS = 30_000;

type Group = "counted" | "unready" | "missing" | "ignored";

/** replica_calculator.go groupPods, by ordinal. */
export function groupPods(
  pods: readonly Pod[],
  usage: ReadonlyMap<number, PodUsage>,
  resource: string,
  atMillis: number,
  applies: Applies,
): ReadonlyMap<number, Group> {
  return new Map(pods.map((pod) => [pod.ordinal, groupOf(pod, usage.get(pod.ordinal), resource, atMillis, applies)]));
}

function groupOf(pod: Pod, usage: PodUsage | undefined, resource: string, atMillis: number, applies: Applies): Group {
  if (pod.terminating && applies("terminating-ignored")) return "ignored";
  if (pod.phase === "Failed" && applies("failed-ignored")) return "ignored";
  if (pod.phase === "Pending" && applies("pending-unready")) return "unready";
  if (usage === undefined) return "missing";
  if (resource !== "cpu" && applies("readiness-of-cpu-only")) return "counted";
  return isUnready(pod, usage, atMillis, applies) ? "unready" : "counted";
}

function isUnready(pod: Pod, usage: PodUsage, atMillis: number, applies: Applies): boolean {
  if (pod.startMillis + CPU_INITIALIZATION_MILLIS > atMillis) {
    return (
      (!pod.ready && applies("cpu-unready-while-initializing")) ||
      (usage.atMillis < pod.readyChangedMillis + usage.windowMillis && applies("cpu-sample-of-one-window"))
    );
  }
  const neverReady = pod.startMillis + INITIAL_READINESS_MILLIS > pod.readyChangedMillis;
  return !pod.ready && neverReady && applies("cpu-never-ready");
}
