import type { Assertion } from "../../loadtest/model/assertion.ts";
import type { Cause } from "../../loadtest/model/cause.ts";

/** A share of a request that an HPA cannot compute. */
export interface MissingRequest {
  workload: string;
  container: string;
  resource: string;
  /** Whether the metric is of the whole pod, for which every container has to request something. */
  wholePod: boolean;
}

/** Where a number of replicas comes from that an autoscaler manages. */
export type ReplicasFrom = "manifest" | "last-applied" | "server-side-apply";

/** What the findings about specs know, rendered or deployed: nothing has to run for them. */
export interface SpecParams {
  "object-malformed": { problems: readonly string[] };
  "scale-target-missing": { target: string };
  "autoscalers-compete": { autoscalers: readonly string[] };
  "vpa-competes": { autoscaler: string; workload: string; resources: readonly string[]; updateMode: string };
  "replicas-fixed": { replicas: number; autoscaler: string; from: ReplicasFrom; namespace: string };
  "hpa-container-unknown": { container: string; workload: string; containers: readonly string[] };
  "hpa-targets-other-container": { container: string; workload: string; containers: readonly string[] };
  "hpa-metric-counts-sidecars": { resource: string; workload: string; containers: readonly string[] };
  "hpa-without-cpu-metric": { metrics: readonly string[] };
  "cpu-request-missing": MissingRequest;
  "memory-request-missing": MissingRequest;
  "hpa-cannot-scale": { minReplicas: number; maxReplicas: number };
  "hpa-name-taken": { hpa: string };
  "scaled-object-cannot-scale": { maxReplicas: number };
  "scale-up-disabled": { field: string };
  "scale-up-window-too-long": { field: string; windowSeconds: number; withinSeconds: number };
  "objective-unreachable":
    | { scenario: string; cause: Cause }
    /** It took a simulated run to see it. */
    | { scenario: string; assertion: Assertion };
  "replica-bounds-invalid": { bounds: string };
  "min-replicas-above-idle": { minReplicas: number };
  "scaled-object-follows-other-trigger": { queueTrigger: string; others: readonly string[] };
  "trigger-metric-type-value": { trigger: string };
  "trigger-keys-ignored": { trigger: string; keys: readonly string[] };
  "authentication-missing": { authentication: string; namespace: string };
  "fallback-removes-workers": { replicas: number; behavior: string };
  "scaled-object-polls-other-queue": { queue: string; isPattern: boolean; workload: string; receivesFrom: string };
  "api-sends-to-other-queue": { queue: string; workload: string; receivesFrom: string };
  "emulator-has-other-queue": { queues: readonly string[]; workload: string; receivesFrom: string };
  "scaler-key-without-manage": { secret: string; keyName: string };
  "messages-per-replica-too-slow": {
    messages: number;
    concurrency: number;
    latencyMs: number;
    seconds: number;
    objectiveSeconds: number;
  };
  "work-exceeds-drain-limit": { workSeconds: number; drainLimitSeconds: number };
  "grace-period-too-short": { graceSeconds: number; drainSeconds: number };
  "grace-period-within-drain-limit": { graceSeconds: number; drainLimitSeconds: number };
  "service-selects-nothing": { selector: Readonly<Record<string, string>> };
  "service-port-unknown": { port: string; workload: string; ports: readonly string[] };
  "service-port-not-declared": { port: number; workload: string; ports: readonly string[] };
  // What this project's own services scale on.
  "api-not-autoscaled": object;
  "api-on-other-metrics": { metrics: readonly string[]; expected: readonly string[] };
  "worker-not-autoscaled": object;
  "worker-not-on-queue-length": { autoscaler: string; metrics: readonly string[] };
  // What this project's manifests always say; asked of rendered objects only.
  "behavior-missing": { directions: readonly string[] };
  "windows-missing": { fields: readonly string[] };
  "trigger-settings-missing": { fields: readonly string[] };
  "fallback-missing": object;
  "hpa-name-differs": { hpa: string | undefined };
}

/** Those that may be intended, or matter only later. */
export const SPEC_WARNINGS: readonly (keyof SpecParams)[] = [
  ...(["vpa-competes", "hpa-targets-other-container", "hpa-metric-counts-sidecars", "hpa-without-cpu-metric"] as const),
  ...(["hpa-cannot-scale", "scaled-object-cannot-scale", "scale-up-disabled", "scale-up-window-too-long"] as const),
  ...(["objective-unreachable", "min-replicas-above-idle", "scaled-object-follows-other-trigger"] as const),
  ...(["trigger-metric-type-value", "trigger-keys-ignored", "fallback-removes-workers"] as const),
  ...(["messages-per-replica-too-slow", "work-exceeds-drain-limit"] as const),
  ...(["grace-period-too-short", "grace-period-within-drain-limit", "service-port-not-declared"] as const),
  ...(["api-not-autoscaled", "api-on-other-metrics", "worker-not-autoscaled", "worker-not-on-queue-length"] as const),
  ...(["behavior-missing", "windows-missing", "trigger-settings-missing"] as const),
  ...(["fallback-missing", "hpa-name-differs"] as const),
];
