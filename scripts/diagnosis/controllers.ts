import type { V1APIService, V1Deployment, V1Pod } from "@kubernetes/client-node";
import {
  EXTERNAL_METRICS,
  findKeda,
  findMetricsServer,
  RESOURCE_METRICS,
  type ControllerObjects,
  type Keda,
} from "../../loadtest/observe/controllers.ts";
import { trustOf } from "../setup/controllers/trust.ts";
import { tooOld, type Versioned } from "../setup/controllers/versions.ts";
import { finding, type Finding } from "./finding.ts";
import { orElse, subjectOf, type View } from "./view.ts";

const EMULATOR = "servicebus-emulator";

/** What is wrong with KEDA and metrics-server, however they were installed, and with the cluster's version. */
export function controllerFindings(view: View): Finding[] {
  const { controllers } = view;
  const kubernetes = view.kubernetes.kind === "value" ? versionFindings("Kubernetes", view.kubernetes.value) : [];
  if (controllers.kind !== "value") return kubernetes;
  return [...kubernetes, ...kedaFindings(view, controllers.value), ...metricsFindings(controllers.value)];
}

/** Undefined where there is none, or only half of one. */
export function kedaOf({ controllers }: Pick<View, "controllers">): Keda | undefined {
  const discovery = controllers.kind === "value" ? findKeda(controllers.value) : undefined;
  return discovery?.id === "present" ? discovery.params : undefined;
}

function versionFindings(what: Versioned, version: string | null): Finding[] {
  if (tooOld(what, version) === undefined) return [];
  return [finding("version-too-old", { kind: "Controller", name: what }, { what, version })];
}

function kedaFindings(view: View, objects: ControllerObjects): Finding[] {
  const discovery = findKeda(objects);
  const subject = { kind: "Controller", name: "KEDA" };
  switch (discovery.id) {
    case "absent":
      return [finding("keda-missing", subject, {})];
    case "interrupted":
      return [finding("keda-incomplete", subject, {})];
    case "unusable":
      return [finding("keda-unusable", subject, { defect: discovery.params })];
    case "present": {
      const keda = discovery.params;
      return [
        ...versionFindings("KEDA", keda.version),
        ...[keda.operator, keda.adapter].flatMap((deployment) => readyFindings(keda.namespace, deployment)),
        ...apiFindings(objects, EXTERNAL_METRICS, "KEDA's metrics adapter"),
        ...authorityFindings(view, keda),
        ...identityFindings(view, keda),
      ];
    }
  }
}

function readyFindings(namespace: string, deployment: V1Deployment): Finding[] {
  if ((deployment.status?.availableReplicas ?? 0) > 0) return [];
  return [finding("keda-deployment-unavailable", subjectOf("Deployment", deployment), { namespace })];
}

function metricsFindings(objects: ControllerObjects): Finding[] {
  const discovery = findMetricsServer(objects);
  const subject = { kind: "APIService", name: RESOURCE_METRICS };
  switch (discovery.id) {
    case "absent":
      return [finding("metrics-server-missing", subject, {})];
    case "interrupted":
      return [finding("metrics-server-incomplete", subject, {})];
    case "unusable":
      return [finding("metrics-server-unusable", subject, { defect: discovery.params })];
    case "present": {
      const { isMetricsServer, version } = discovery.params;
      return [
        ...(isMetricsServer ? versionFindings("metrics-server", version) : []),
        ...apiFindings(objects, RESOURCE_METRICS, "metrics-server"),
      ];
    }
  }
}

function apiFindings({ apiServices }: ControllerObjects, name: string, provider: string): Finding[] {
  const found = apiServices.find(({ metadata }) => metadata?.name === name);
  const available = found === undefined ? undefined : conditionOf(found, "Available");
  if (available?.status === "True") return [];
  const message = available?.message ?? "no condition yet";
  return [finding("metrics-api-unavailable", { kind: "APIService", name }, { provider, message })];
}

function conditionOf({ status }: V1APIService, type: string): { status: string; message?: string } | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** KEDA reaches the emulator over TLS only where it trusts the authority that signed the emulator's certificate. */
function authorityFindings(view: View, keda: Keda): Finding[] {
  const { authorities } = view;
  const emulator = [...view.declared.workloads, ...orElse(view.live.workloads, [])].some(
    ({ metadata }) => metadata?.name === EMULATOR,
  );
  if (!emulator || authorities.kind !== "value") return [];
  const encoded = orElse(view.secrets, []).find(({ metadata }) => metadata?.name === `${EMULATOR}-tls`)?.data?.[
    "ca.crt"
  ];
  // Without that Secret nothing can be compared; what is missing then is a finding of its own.
  const authority = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  const trust = trustOf(keda, authorities.value, authority);
  const subject = subjectOf("Deployment", keda.operator);
  switch (trust.id) {
    case "noAuthority":
      return [finding("keda-ca-missing", subject, { keda, trust })];
    case "notMounted":
      return [finding("keda-ca-not-mounted", subject, { keda, trust })];
    case "cannotBeChanged":
      return [finding("keda-ca-not-supported", subject, { keda, trust })];
    case "trusted":
  }
  const changed = authorities.value.find(({ changedMs }) =>
    orElse(view.operatorPods, []).some((pod) => isNotTerminating(pod) && startedMs(pod) < changedMs),
  );
  if (changed === undefined) return [];
  const source = `${changed.kind} ${changed.name}`;
  return [finding("keda-ca-not-loaded", subject, { source, namespace: keda.namespace })];
}

/** What the webhook of Azure Workload Identity looks for before it projects a token into a pod. */
const IDENTITY_LABEL = "azure.workload.identity/use";

/** KEDA asks Azure in its own name only where its operator is given a token for Entra. */
function identityFindings(view: View, keda: Keda): Finding[] {
  const asking = [...view.declared.authentications, ...orElse(view.live.authentications, [])].find(
    ({ spec }) => spec?.podIdentity?.provider === "azure-workload",
  );
  const labels = keda.operator.spec?.template.metadata?.labels ?? {};
  if (asking === undefined || labels[IDENTITY_LABEL] === "true") return [];
  const neededBy = `TriggerAuthentication ${asking.metadata?.name ?? ""}`;
  return [finding("keda-workload-identity-missing", subjectOf("Deployment", keda.operator), { keda, neededBy })];
}

function isNotTerminating(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp === undefined;
}

/** When the pod's container was started last, in milliseconds since 1970; never, where it does not run. */
function startedMs(pod: V1Pod): number {
  const times = (pod.status?.containerStatuses ?? []).flatMap(
    ({ state }) => state?.running?.startedAt?.getTime() ?? [],
  );
  return times.length === 0 ? Infinity : Math.max(...times);
}
