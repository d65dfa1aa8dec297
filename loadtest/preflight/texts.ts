import { LARGEST_SKEW_SECONDS } from "./clock.ts";
import type { FindingParams, PreflightFinding, PreflightFindingId } from "./finding.ts";
import { KNOWN_MAJORS } from "./k6Version.ts";
import type { PermissionPurpose } from "./permissions.ts";
import { formatPermission } from "./rbac.ts";

const PURPOSES: Readonly<Record<PermissionPurpose, string>> = {
  sample: "to sample it",
  "list-pods": "to follow the life of each pod",
  "watch-pods": "to see how each pod ended",
  "dial-service": "to find its address",
  "send-orders": "to send orders to the queue",
  "inject-fault": "to change a field of it during a scenario",
  "replace-pods": "to replace its pods after a scenario that awaits no scale-in",
  "kill-container": "to kill a worker in scenario scale-in-under-load",
  "forward-port": "to reach Services that have no address outside the cluster",
  "bound-redeliveries": "to bound a killed worker's redeliveries by its WORKER_CONCURRENCY",
  "trust-emulator": "to trust the emulator's certificate",
  "read-counters": "to read the services' own counters",
  "name-nodes": "to name the nodes in the report",
  "name-versions": "to find KEDA and metrics-server and name their versions",
};

const TEXTS: { readonly [Id in PreflightFindingId]: (params: FindingParams<Id>) => string } = {
  "k6-missing": ({ path, pinned }) => `there is no k6 at ${path}. ${k6Fix(pinned)}`,
  "k6-not-runnable": ({ path, pinned, error }) => `k6 at ${path} cannot be run: ${error}. ${k6Fix(pinned)}`,
  "k6-version-unknown": ({ path, pinned }) => `${path} does not print a version of k6. ${k6Fix(pinned)}`,
  "k6-version-unsupported": ({ path, pinned, version }) =>
    `k6 at ${path} is version ${version}, which the load's scripts were not written for. ${k6Fix(pinned)}`,
  "api-server-unreachable": ({ error, ...where }) => `${apiServer(where)} cannot be reached: ${error}`,
  "api-server-not-ready": ({ error, ...where }) => `${apiServer(where)} is not ready: ${error}`,
  unauthenticated: (where) => `${apiServer(where)} rejects the credentials (401): log in again, or use another context`,
  "permission-missing": ({ context, permission }) =>
    `missing RBAC permission: ${formatPermission(permission)} (context ${context}), ` +
    (permission.optional === true
      ? `used ${PURPOSES[permission.purpose]}: left out`
      : `needed ${PURPOSES[permission.purpose]}`),
  "permissions-unknown": ({ error }) => `RBAC permissions cannot be checked: ${error}`,
  "namespace-missing": ({ namespace, workerNamespaces }) =>
    `there is no namespace ${namespace}${namespaceHint(workerNamespaces)}`,
  "object-missing": ({ namespace, kind, name, existing, workerNamespaces }) =>
    `namespace ${namespace} has no ${kind} ${name}; it has ${existing.length === 0 ? `no ${kind} at all` : existing.join(", ")}` +
    namespaceHint(workerNamespaces),
  "prometheus-missing": ({ namespace }) =>
    `namespace ${namespace} has no Service prometheus: the services' own counters are not evaluated`,
  "clock-skew": ({ seconds }) =>
    `the cluster's clock is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's; ` +
    "times of pods come from the one and times of samples from the other" +
    (Math.abs(seconds) > LARGEST_SKEW_SECONDS
      ? `: more than ${LARGEST_SKEW_SECONDS} s, so no timing would be right. Synchronise both (NTP)`
      : ": timings are off by as much"),
  "clocks-not-compared": () => "the clocks of this machine and of the cluster could not be compared",
};

/** A finding in a sentence, for the terminal and the report. */
export function preflightText<Id extends PreflightFindingId>(finding: PreflightFinding<Id>): string {
  return TEXTS[finding.id](finding.params);
}

function k6Fix(pinned: string): string {
  return `k6 ${pinned} is pinned, and built when no other is named by --k6; supported are ${KNOWN_MAJORS.map((major) => `${major}.x`).join(" and ")}`;
}

function apiServer({ context, server }: { context: string; server: string | undefined }): string {
  return `the API server of context ${context} (${server ?? "no address"})`;
}

function namespaceHint(workerNamespaces: readonly string[]): string {
  return workerNamespaces.length === 0
    ? ""
    : `. A Deployment worker is in namespace ${workerNamespaces.join(", ")}: --namespace`;
}
