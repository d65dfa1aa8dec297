/**
 * The queries of the autoscaling dashboard, also for a test that compares a proof's samples with what the dashboard shows.
 */

/** Grafana fills these in; other callers give a namespace and a window of at least four scrapes. */
export interface QueryScope {
  namespace: string;
  /** A PromQL duration, such as `20s`. */
  rateInterval: string;
}

/** The services that scale. Each Deployment and its HPA have the service's name, the HPA that KEDA makes too. */
export type ScaledService = "api" | "worker";

/** The container's metric that the API's HPA follows. */
export type ApiResource = "cpu" | "memory";

export interface AutoscalingQueries {
  /** Replicas desired: what the autoscaler has set. At zero a 0, not a gap. */
  desired(service: ScaledService): string;
  /** Replicas whose pods are ready. */
  ready(service: ScaledService): string;
  /** Replicas the autoscaler goes to at most. */
  maximum(service: ScaledService): string;
  /** Replicas the HPA goes down to. KEDA's HPA never goes below 1: the last step, to 0, is KEDA's own and has no metric. */
  minimum(service: ScaledService): string;
  /** What the HPA saw, in percent of the requests of container `api`. */
  apiSignal(resource: ApiResource): string;
  /** The HPA's target for it, in percent. */
  apiTarget(resource: ApiResource): string;
  /** Messages waiting and locked. */
  readonly workerSignal: string;
  /** Messages a replica. */
  readonly workerTarget: string;
  /** Recommended replicas, before limits and scaling policies: messages divided by the target, rounded up. */
  readonly workerRecommended: string;
  /** How long messages have waited without a ready worker, in seconds; its peak is the time from backlog to first pod. */
  readonly unservedSeconds: string;
  /** How long the queue has not been empty, in seconds; its peak is the time to drain. */
  readonly backlogSeconds: string;
  /** From a pod's creation to ready, in seconds, a pod. */
  podStartSeconds(service: ScaledService): string;
  /** Tries of KEDA's scaler that failed, a second. */
  readonly scalerErrorsPerSecond: string;
  /** How long KEDA's scaler took to read the queue, in seconds. */
  readonly scalerLatencySeconds: string;
}

/** The queries for one namespace. */
export function autoscalingQueries({ namespace, rateInterval }: QueryScope): AutoscalingQueries {
  const deployment = (metric: string, service: ScaledService): string =>
    `kube_deployment_${metric}{namespace="${namespace}", deployment="${service}"}`;
  const hpa = (metric: string, service: ScaledService, labels = ""): string =>
    `kube_horizontalpodautoscaler_${metric}{namespace="${namespace}", horizontalpodautoscaler="${service}"${labels}}`;
  const ofResource = (resource: ApiResource): string => `, metric_name="${resource}", metric_target_type="utilization"`;
  const ofNamespace = (metric: string): string => `${metric}{namespace="${namespace}"}`;
  const workerSignal = ofNamespace("worker:signal:messages");
  const workerTarget = hpa("spec_target_metric", "worker", ', metric_target_type="average"');
  // Longer than any backlog.
  const since = (metric: string): string => `time() - last_over_time(${ofNamespace(metric)}[12h])`;
  return {
    desired: (service) => deployment("spec_replicas", service),
    ready: (service) => deployment("status_replicas_ready", service),
    maximum: (service) => hpa("spec_max_replicas", service),
    minimum: (service) => hpa("spec_min_replicas", service),
    apiSignal: (resource) => hpa("status_target_metric", "api", ofResource(resource)),
    apiTarget: (resource) => hpa("spec_target_metric", "api", ofResource(resource)),
    workerSignal,
    workerTarget,
    workerRecommended: `ceil(${workerSignal} / on (namespace) ${workerTarget})`,
    unservedSeconds: since("worker:served:timestamp_seconds"),
    backlogSeconds: since("worker:drained:timestamp_seconds"),
    podStartSeconds: (service) =>
      ["kube_pod_status_ready_time", "kube_pod_created"]
        .map((metric) => `${metric}{namespace="${namespace}", pod=~"${service}-.+"}`)
        .join(" - on (namespace, pod) "),
    scalerErrorsPerSecond: `sum(rate(keda_scaler_detail_errors_total{namespace="${namespace}", scaledObject="worker"}[${rateInterval}]))`,
    scalerLatencySeconds: `keda_scaler_metrics_latency_seconds{namespace="${namespace}", scaledObject="worker"}`,
  };
}
