import type { Defect, Keda } from "../../loadtest/observe/controllers.ts";
import type { Trust } from "../setup/controllers/trust.ts";
import type { Versioned } from "../setup/controllers/versions.ts";
import { SPEC_WARNINGS, type SpecParams } from "./specParams.ts";
import { STATUS_WARNINGS, type StatusParams } from "./statusParams.ts";

/** The object that a finding is about. */
export interface Subject {
  /** A kind of Kubernetes, or `Queue`, `Cluster`, `Image`. */
  kind: string;
  name: string;
}

/** Which KEDA does not trust the bus, and why. */
export interface Distrust {
  keda: Keda;
  trust: Trust;
}

/** What the findings about the setup know. */
export interface SetupParams {
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
  "keda-workload-identity-missing": { keda: Keda; neededBy: string };
  "image-unavailable": { pod: string; reason: string };
  "workloads-not-deployed": { names: readonly string[]; namespace: string };
}

/** What each finding knows beside its subject. Ids are stable: other tools key on them. */
export type FindingParams = SetupParams & SpecParams & StatusParams;
export type FindingId = keyof FindingParams;

/** `ERROR`: no order is processed, or an autoscaler does not work, until it is fixed. `WARN`: it may pass by itself, or matters only later. */
export type Severity = "ERROR" | "WARN";

const WARNINGS: ReadonlySet<FindingId> = new Set<FindingId>([
  ...(["read-failed", "workloads-not-deployed"] as const),
  ...SPEC_WARNINGS,
  ...STATUS_WARNINGS,
]);

export function severityOf(id: FindingId): Severity {
  return WARNINGS.has(id) ? "WARN" : "ERROR";
}

/** Who deploys has taken note of a finding, and says why it stays. */
export interface Acceptance {
  reason: string;
  /** The object that says so. */
  on: Subject;
}

/** Something that is missing or wrong. Its text is in texts.ts. */
export type Finding<Id extends FindingId = FindingId> = {
  [One in Id]: { id: One; subject: Subject; params: FindingParams[One]; severity: Severity; accepted?: Acceptance };
}[Id];

export function finding<Id extends FindingId>(id: Id, subject: Subject, params: FindingParams[Id]): Finding {
  return { id, subject, params, severity: severityOf(id) } as Finding;
}

/** An error that nobody has accepted. */
export function isOpenError({ severity, accepted }: Finding): boolean {
  return severity === "ERROR" && accepted === undefined;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(isOpenError);
}

/** The findings in their order, each once. */
export function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify([one.id, one.subject, one.params]), one])).values()];
}
