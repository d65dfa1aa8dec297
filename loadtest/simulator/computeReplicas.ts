import type { ClusterView } from "./clusterView.ts";
import { externalReplicas } from "./externalReplicas.ts";
import type { HpaSpec, Metric } from "./hpaSpec.ts";
import { resourceReplicas } from "./resourceReplicas.ts";
import type { Applies } from "./rules.ts";
import { toleranceOf } from "./tolerance.ts";

/** What all metrics together propose, before any limit; or the first metric that failed, where that forbids a change. */
export type Proposal =
  { readonly kind: "replicas"; readonly replicas: number } | { readonly kind: "failed"; readonly metric: Metric };

/** horizontal.go computeReplicasForMetrics */
export function computeReplicas(spec: HpaSpec, view: ClusterView, applies: Applies): Proposal {
  const isWithin = toleranceOf(spec, applies);
  let replicas = 0;
  let failures = 0;
  let firstFailed: Metric | undefined;
  for (const metric of spec.metrics) {
    const proposed =
      metric.type === "External"
        ? externalReplicas(metric, view, isWithin, applies)
        : resourceReplicas(metric, view, isWithin, applies);
    if (proposed === null) {
      firstFailed ??= metric;
      failures++;
    } else if (replicas === 0 || (proposed > replicas && applies("largest-proposal"))) {
      replicas = proposed;
    }
  }
  const all = failures === spec.metrics.length;
  const forbids = all
    ? applies("all-metrics-failed")
    : replicas < view.specReplicas && applies("failed-metric-forbids-scale-down");
  return firstFailed !== undefined && forbids
    ? { kind: "failed", metric: firstFailed }
    : { kind: "replicas", replicas };
}
