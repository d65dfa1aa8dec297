import type { WorkloadDeclaration } from "../model/workload.ts";
import type { NeededObject } from "./neededObject.ts";
import type { RequiredPermission } from "./permissions.ts";

/** What each finding of the preflight checks says, by its id. */
interface PreflightFindings {
  "k6-missing": { path: string; pinned: string };
  "k6-not-runnable": { path: string; pinned: string; error: string };
  "k6-version-unknown": { path: string; pinned: string };
  "k6-version-unsupported": { path: string; pinned: string; version: string };
  "api-server-unreachable": { context: string; server: string | undefined; error: string };
  "api-server-not-ready": { context: string; server: string | undefined; error: string };
  unauthenticated: { context: string; server: string | undefined };
  "permission-missing": { context: string; permission: RequiredPermission };
  "permissions-unknown": { error: string };
  "namespace-missing": { namespace: string; elsewhere: readonly string[] };
  "object-missing": {
    namespace: string;
    kind: WorkloadDeclaration["kind"];
    name: string;
    /** The names of this kind that are there. */
    existing: readonly string[];
    /** Other namespaces that have one of this name. */
    elsewhere: readonly string[];
  };
  "autoscaler-missing": {
    workload: string;
    kind: WorkloadDeclaration["kind"];
    object: string;
    namespace: string;
    /** The autoscalers of the namespace, which name something else. */
    existing: readonly string[];
  };
  "several-autoscalers": { workload: string; names: readonly string[] };
  "pods-of-others": { workload: string; kind: WorkloadDeclaration["kind"]; object: string; pods: readonly string[] };
  "needed-object-missing": { object: NeededObject };
  "needed-object-unreadable": { object: NeededObject; error: string };
  "secret-key-missing": { object: NeededObject; keys: readonly string[] };
  /** A variable that is missing or wrong; the error names it. */
  "environment-wrong": { error: string };
  "access-token-expired": { expiresAt: string };
  "access-token-expires-early": { expiresAt: string; expectedSeconds: number };
  /** What the bus said to the proof's own login, or why it did not answer. */
  "bus-refuses": { host: string; error: string };
  /** The cluster's clock minus this machine's. */
  "clock-skew": { seconds: number };
  "clocks-not-compared": Record<string, never>;
}

export type PreflightFindingId = keyof PreflightFindings;

/** A finding of the preflight checks: `ERROR` prevents the proof, `WARN` leaves something out of it. */
export type PreflightFinding<Id extends PreflightFindingId = PreflightFindingId> = {
  [Each in Id]: { id: Each; severity: "ERROR" | "WARN"; params: PreflightFindings[Each] };
}[Id];

export type FindingParams<Id extends PreflightFindingId> = PreflightFindings[Id];
