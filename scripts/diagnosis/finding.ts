import type { Cause } from "../../loadtest/model/cause.ts";
import type { Defect, Keda } from "../../loadtest/observe/controllers.ts";
import type { Trust } from "../setup/controllers/trust.ts";
import type { Versioned } from "../setup/controllers/versions.ts";

/** The object that a finding is about. */
export interface Subject {
  /** A kind of Kubernetes, or `Queue`, `Cluster`, `Image`. */
  kind: string;
  name: string;
}

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

/** A share of a request that an HPA cannot compute. */
export interface MissingRequest {
  workload: string;
  container: string;
  resource: string;
  /** Whether the metric is of the whole pod, for which every container has to request something. */
  wholePod: boolean;
}

/** Which KEDA does not trust the bus, and why. */
export interface Distrust {
  keda: Keda;
  trust: Trust;
}

/** What each finding knows beside its subject. Ids are stable: other tools key on them. */
export interface FindingParams {
  "cluster-unreachable": { message: string; fix: string };
  "read-failed": { error: string };
  "permission-missing": { verbs: readonly string[]; resource: string; namespace: string | undefined };
  "namespace-missing": object;
  "secret-missing": { neededBy: string; namespace: string; key: string | undefined };
  "secret-key-missing": { neededBy: string; namespace: string; key: string; keys: readonly string[] };
  "version-too-old": { what: Versioned; version: string | null };
  "keda-missing": object;
  "keda-incomplete": object;
  "keda-unusable": { defect: Defect };
  "keda-deployment-unavailable": { namespace: string };
  "metrics-server-missing": object;
  "metrics-server-incomplete": object;
  "metrics-server-unusable": { defect: Defect };
  "metrics-api-unavailable": { provider: string; message: string };
  "keda-ca-missing": Distrust;
  "keda-ca-not-mounted": Distrust;
  "keda-ca-not-supported": Distrust;
  "keda-ca-not-loaded": { source: string; namespace: string };
  "image-unavailable": { pod: string; reason: string };
  "workloads-not-deployed": { names: readonly string[]; namespace: string };
  "autoscalers-compete": { autoscalers: readonly string[] };
  "replicas-fixed": { replicas: number; autoscaler: string };
  "hpa-container-unknown": { container: string; workload: string; containers: readonly string[] };
  "hpa-targets-other-container": { container: string; workload: string; containers: readonly string[] };
  "cpu-request-missing": MissingRequest;
  "memory-request-missing": MissingRequest;
  "scaled-object-key-rejected": TriggerFailure;
  "scaled-object-queue-unknown": TriggerFailure;
  "scaled-object-certificate-untrusted": TriggerFailure;
  "scaled-object-trigger-failing": TriggerFailure;
  "hpa-cannot-compute": { message: string; namespace: string };
  "hpa-has-no-metrics-yet": { message: string; forSeconds: number; withinSeconds: number };
  "queue-missing": { namespace: string };
  "hpa-cannot-scale": { minReplicas: number; maxReplicas: number };
  "objective-unreachable": { cause: Cause; scenario: string };
}
export type FindingId = keyof FindingParams;

/** `ERROR`: no order is processed, or an autoscaler does not work, until it is fixed. `WARN`: it may pass by itself, or matters only later. */
export type Severity = "ERROR" | "WARN";

const WARNINGS: ReadonlySet<FindingId> = new Set<FindingId>([
  "read-failed",
  "workloads-not-deployed",
  "hpa-targets-other-container",
  "hpa-has-no-metrics-yet",
  "hpa-cannot-scale",
  "objective-unreachable",
]);

/** Something that is missing or wrong. Its text is in texts.ts. */
export type Finding<Id extends FindingId = FindingId> = {
  [One in Id]: { id: One; subject: Subject; params: FindingParams[One]; severity: Severity };
}[Id];

export function finding<Id extends FindingId>(id: Id, subject: Subject, params: FindingParams[Id]): Finding {
  return { id, subject, params, severity: WARNINGS.has(id) ? "WARN" : "ERROR" } as Finding;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "ERROR");
}

/** The findings in their order, each once. */
export function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify([one.id, one.subject, one.params]), one])).values()];
}
