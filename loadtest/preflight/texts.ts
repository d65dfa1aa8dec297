import { LARGEST_SKEW_SECONDS } from "./clock.ts";
import type { FindingParams, PreflightFinding, PreflightFindingId } from "./finding.ts";
import { KNOWN_MAJORS } from "./k6Version.ts";
import type { NeededObject } from "./neededObject.ts";
import { formatPermission } from "./rbac.ts";

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
    (permission.optional === true ? `used ${permission.purpose}: left out` : `needed ${permission.purpose}`),
  "permissions-unknown": ({ error }) => `RBAC permissions cannot be checked: ${error}`,
  "namespace-missing": ({ namespace, elsewhere }) => `there is no namespace ${namespace}${namespaceHint(elsewhere)}`,
  "object-missing": ({ namespace, kind, name, existing, elsewhere }) =>
    `namespace ${namespace} has no ${kind} ${name}; it has ${existing.length === 0 ? `no ${kind} at all` : existing.join(", ")}` +
    namespaceHint(elsewhere),
  "autoscaler-missing": ({ kind, object, namespace, existing }) =>
    `nothing scales ${kind} ${object}: no HorizontalPodAutoscaler and no ScaledObject in ${namespace} names it in scaleTargetRef; there is ${existing.length === 0 ? "none at all" : existing.join(", ")}`,
  "several-autoscalers": ({ workload, names }) =>
    `${names.join(" and ")} all scale ${workload}, each against the others: delete all but one`,
  "pods-of-others": ({ kind, object, pods }) =>
    `the selector of ${kind} ${object} also selects ${some(pods)}, which it does not own: an HPA counts them, and the proof does not. Make the selector narrower`,
  "needed-object-missing": ({ object }) =>
    `namespace ${object.namespace} has no ${object.kind} ${object.name}, ${neededFor(object)}`,
  "needed-object-unreadable": ({ object, error }) =>
    `${object.kind} ${object.name} in ${object.namespace} cannot be read: ${error}; ${neededFor(object)}`,
  "secret-key-missing": ({ object, keys }) =>
    `Secret ${object.name} in ${object.namespace} has no key ${object.key ?? ""}, it has ${keys.join(", ") || "none"}; ${neededFor(object)}`,
  "environment-wrong": ({ error }) => error,
  "access-token-expired": ({ expiresAt }) => `SERVICEBUS_ACCESS_TOKEN expired at ${expiresAt}: ${TOKEN_FIX}`,
  "access-token-expires-early": ({ expiresAt, expectedSeconds }) =>
    `SERVICEBUS_ACCESS_TOKEN expires at ${expiresAt}, and the loads take up to ${expectedSeconds} s: what comes later cannot be read. ` +
    `Run fewer scenarios, or ${TOKEN_FIX}`,
  "bus-refuses": ({ host, error }) =>
    `the bus ${host} does not show its queue: ${error}. Whoever runs the proof needs the role Azure Service Bus Data Owner on the queue, and ${TOKEN_FIX}`,
  "clock-skew": ({ seconds }) =>
    `the cluster's clock is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's; ` +
    "times of pods come from the one and times of samples from the other" +
    (Math.abs(seconds) > LARGEST_SKEW_SECONDS
      ? `: more than ${LARGEST_SKEW_SECONDS} s, so no timing would be right. Synchronise both (NTP)`
      : ": timings are off by as much"),
  "clocks-not-compared": () => "the clocks of this machine and of the cluster could not be compared",
};

const TOKEN_FIX =
  "a new one: az account get-access-token --resource https://servicebus.azure.net --query accessToken --output tsv";

/** A finding in a sentence, for the terminal and the report. */
export function preflightText<Id extends PreflightFindingId>(finding: PreflightFinding<Id>): string {
  return TEXTS[finding.id](finding.params);
}

function neededFor({ purpose, fix, optional }: NeededObject): string {
  const what = optional === true ? `used ${purpose}: left out` : `needed ${purpose}`;
  return fix === undefined ? what : `${what}. ${fix[0]?.toUpperCase() ?? ""}${fix.slice(1)}`;
}

function k6Fix(pinned: string): string {
  return `k6 ${pinned} is pinned, and built when no other is named by --k6; supported are ${KNOWN_MAJORS.map((major) => `${major}.x`).join(" and ")}`;
}

function apiServer({ context, server }: { context: string; server: string | undefined }): string {
  return `the API server of context ${context} (${server ?? "no address"})`;
}

function namespaceHint(elsewhere: readonly string[]): string {
  return elsewhere.length === 0 ? "" : `. One of that name is in namespace ${elsewhere.join(", ")}: --namespace`;
}

const NAMED = 5;

function some(pods: readonly string[]): string {
  const named = pods.slice(0, NAMED).join(", ");
  return pods.length > NAMED ? `${named} and ${pods.length - NAMED} more pods` : `pod ${named}`;
}
