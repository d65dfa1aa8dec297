import type { MetricState } from "../../loadtest/model/metric.ts";

/** Why a ScaledObject's trigger cannot be read, and how it shows. */
export interface TriggerFailure {
  /** `failing`: only events tell, since a ScaledObject with a fallback stays Ready until it has failed several times. */
  state: "not-ready" | "in-fallback" | "failing";
  /** The message of its condition Ready, where that is False. */
  conditionMessage: string | undefined;
  /** The newest warning that KEDA has left, shortened. */
  event: string | undefined;
  namespace: string;
  /** KEDA's operator, as `namespace/name`. */
  operator: string;
}

/** Pods of one workload with one trouble, and one of them by name. */
interface PodsInTrouble {
  pods: number;
  pod: string;
  namespace: string;
}

/** What the findings about the state of live objects know. */
export interface StatusParams {
  "scaled-object-paused": {
    /** Annotations with their values; empty where only the condition Paused says so. */
    annotations: readonly string[];
    namespace: string;
  };
  "scaled-object-scale-in-paused": { annotation: string; namespace: string };
  "scaled-object-scale-out-paused": { annotation: string; namespace: string };
  "scaled-object-not-reconciled": {
    namespace: string;
    /** The operator's WATCH_NAMESPACE where that leaves this namespace out. */
    watches: string | undefined;
    operator: string;
  };
  "scaled-object-key-rejected": TriggerFailure;
  "scaled-object-queue-unknown": TriggerFailure;
  "scaled-object-certificate-untrusted": TriggerFailure;
  "scaled-object-throttled": TriggerFailure;
  "scaled-object-trigger-failing": TriggerFailure;
  "keda-certificates-untrusted": { message: string; namespace: string; operator: string; adapter: string };
  "hpa-cannot-compute": { message: string; namespace: string };
  "hpa-has-no-metrics-yet": { message: string; forSeconds: number; withinSeconds: number };
  "hpa-target-at-zero": { workload: string; minReplicas: number; namespace: string };
  "hpa-scale-up-held-back": { message: string };
  "hpa-held-above-minimum": { replicas: number; minReplicas: number; metric: MetricState };
  "queue-missing": { namespace: string };
  "bus-without-pods": { workload: string; replicas: number; namespace: string };
  "workload-scaled-to-zero": { namespace: string };
  "pods-crash-looping": PodsInTrouble & { container: string; ended: string };
  "pods-cannot-be-created": PodsInTrouble & { container: string; reason: string; message: string };
  "pods-unschedulable": PodsInTrouble & { message: string };
  "pods-not-ready": PodsInTrouble & { forSeconds: number; why: string };
  "replicas-refused": { message: string; namespace: string };
  "pods-of-others-selected": { autoscaler: string; pods: readonly string[]; owners: readonly string[] };
}

/** Those that may be intended, or may pass by themselves. */
export const STATUS_WARNINGS: readonly (keyof StatusParams)[] = [
  ...(["scaled-object-scale-in-paused", "scaled-object-scale-out-paused", "scaled-object-throttled"] as const),
  ...(["hpa-has-no-metrics-yet", "hpa-scale-up-held-back", "hpa-held-above-minimum"] as const),
  ...(["workload-scaled-to-zero", "pods-not-ready"] as const),
];
