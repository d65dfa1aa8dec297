import type { ClusterView } from "./clusterView.ts";
import type { ExternalMetric } from "./hpaSpec.ts";
import type { Applies } from "./rules.ts";
import type { IsWithin } from "./tolerance.ts";

const MAX_INT32 = 2 ** 31 - 1;

/** What one external metric proposes; null where it fails. */
export function externalReplicas(
  { name, target }: ExternalMetric,
  view: ClusterView,
  isWithin: IsWithin,
  applies: Applies,
): number | null {
  const usage = view.external(name);
  if (usage === null) return null;
  return target.type === "AverageValue"
    ? perPod(usage, target.milli, view, isWithin, applies)
    : byRatio(usage / target.milli, view, isWithin, applies);
}

/** replica_calculator.go GetExternalPerPodMetricReplicas: inside the tolerance it proposes the pods that there are, which need not be spec.replicas. */
function perPod(usage: number, target: number, view: ClusterView, isWithin: IsWithin, applies: Applies): number {
  const replicas = applies("average-value-by-status-replicas") ? view.statusReplicas : view.specReplicas;
  if (isWithin(usage / (target * replicas))) return replicas;
  return Math.min(Math.ceil(usage / target), MAX_INT32);
}

/** replica_calculator.go getUsageRatioReplicaCount: times the pods that are ready now, terminating ones with them. */
function byRatio(usageRatio: number, view: ClusterView, isWithin: IsWithin, applies: Applies): number | null {
  if (isWithin(usageRatio)) return view.specReplicas;
  const all = view.pods();
  if (all.length === 0 && applies("value-needs-pods")) return null;
  const ready = all.filter((pod) => pod.phase === "Running" && pod.ready).length;
  const pods = applies("value-times-ready-pods") ? ready : view.specReplicas;
  return Math.min(Math.ceil(usageRatio * pods), MAX_INT32);
}
