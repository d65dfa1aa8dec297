/** What a rule about manifests finds: an id to key on, and the text for people. */
export interface ManifestFinding {
  id: ManifestFindingId;
  text: string;
}

export type ManifestFindingId =
  // Autoscalers that could not work, or would compete.
  | "scale-target-missing"
  | "replicas-fixed"
  | "autoscalers-compete"
  | "metric-counts-sidecars"
  | "hpa-targets-sidecar"
  | "hpa-container-unknown"
  | "request-missing"
  | "behavior-missing"
  | "hpa-cannot-scale"
  | "hpa-name-differs"
  | "hpa-name-taken"
  | "scaled-object-cannot-scale"
  | "windows-missing"
  | "fallback-removes-workers"
  | "trigger-settings-missing"
  | "trigger-keys-ignored"
  | "authentication-missing"
  // Grace periods.
  | "grace-period-too-short"
  | "grace-period-within-drain-limit"
  // Workloads that scale on another metric than their own.
  | "api-not-autoscaled"
  | "api-on-other-metrics"
  | "worker-not-autoscaled"
  | "worker-not-on-queue-length"
  | "min-replicas-above-idle"
  | "trigger-not-service-bus"
  | "api-sends-to-other-queue"
  | "scaled-object-polls-other-queue"
  | "emulator-has-other-queue"
  | "scaler-key-without-manage";

export function finding(id: ManifestFindingId, text: string): ManifestFinding {
  return { id, text };
}

/** The texts of findings, for rules that are told and not keyed on. */
export function textsOf(findings: readonly ManifestFinding[]): string[] {
  return findings.map(({ text }) => text);
}
