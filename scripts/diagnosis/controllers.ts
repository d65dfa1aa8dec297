import type { V1APIService, V1Deployment, V1Pod } from "@kubernetes/client-node";
import {
  EXTERNAL_METRICS,
  findKeda,
  findMetricsServer,
  RESOURCE_METRICS,
  type ControllerObjects,
  type Keda,
} from "../../loadtest/observe/controllers.ts";
import { defectInWords, oldInWords } from "../setup/controllers/discover.ts";
import { distrustInWords, trustOf } from "../setup/controllers/trust.ts";
import type { Versioned } from "../setup/controllers/versions.ts";
import { blocks, type Finding } from "./finding.ts";
import { orElse, type View } from "./view.ts";

const UP = "./scripts/up";
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
  const old = oldInWords(what, version);
  return old === undefined ? [] : [blocks(old.what, old.fix)];
}

function kedaFindings(view: View, objects: ControllerObjects): Finding[] {
  const discovery = findKeda(objects);
  switch (discovery.id) {
    case "absent":
      return [blocks("KEDA is not installed: the cluster knows no ScaledObject", `${UP} installs it`)];
    case "interrupted":
      return [blocks("KEDA's installation was interrupted: a part of it is missing", `${UP} completes it`)];
    case "unusable": {
      const { what, fix } = defectInWords("KEDA", discovery.params);
      return [blocks(what, fix)];
    }
    case "present": {
      const keda = discovery.params;
      return [
        ...versionFindings("KEDA", keda.version),
        ...[keda.operator, keda.adapter].flatMap((deployment) => readyFindings(keda.namespace, deployment)),
        ...apiFindings(objects, EXTERNAL_METRICS, "KEDA's metrics adapter"),
        ...authorityFindings(view, keda),
      ];
    }
  }
}

function readyFindings(namespace: string, { metadata, status }: V1Deployment): Finding[] {
  if ((status?.availableReplicas ?? 0) > 0) return [];
  const name = metadata?.name ?? "";
  return [
    blocks(
      `KEDA's Deployment ${name} has no pod that is ready`,
      `kubectl -n ${namespace} describe deployment ${name}; kubectl -n ${namespace} logs deployment/${name}`,
    ),
  ];
}

function metricsFindings(objects: ControllerObjects): Finding[] {
  const discovery = findMetricsServer(objects);
  switch (discovery.id) {
    case "absent":
      return [blocks(`metrics-server is not installed: no APIService ${RESOURCE_METRICS}`, `${UP} installs it`)];
    case "interrupted":
      return [blocks("metrics-server's installation was interrupted: a part of it is missing", `${UP} completes it`)];
    case "unusable": {
      const { what, fix } = defectInWords("metrics-server", discovery.params);
      return [blocks(what, fix)];
    }
    case "present": {
      const { isMetricsServer, version } = discovery.params;
      return [
        ...(isMetricsServer ? versionFindings("metrics-server", version) : []),
        ...apiFindings(objects, RESOURCE_METRICS, "metrics-server"),
      ];
    }
  }
}

function apiFindings({ apiServices }: ControllerObjects, name: string, title: string): Finding[] {
  const found = apiServices.find(({ metadata }) => metadata?.name === name);
  const available = found === undefined ? undefined : conditionOf(found, "Available");
  if (available?.status === "True") return [];
  return [
    blocks(
      `${title} does not answer: APIService ${name}: ${available?.message ?? "no condition yet"}`,
      `wait a minute after its installation; then kubectl describe apiservice ${name}`,
    ),
  ];
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
  const distrust = distrustInWords(keda, trustOf(keda, authorities.value, authority));
  if (distrust !== undefined) {
    return [blocks(distrust.what, keda.origin === "ownsignal" ? `${UP} sees to it` : distrust.fix)];
  }
  const changed = authorities.value.filter(({ changedMs }) =>
    orElse(view.operatorPods, []).some((pod) => isStaying(pod) && startedMs(pod) < changedMs),
  );
  const name = keda.operator.metadata?.name ?? "";
  return changed
    .slice(0, 1)
    .map((source) =>
      blocks(
        `${name} was started before ${source.kind} ${source.name} changed, and reads it at its start only`,
        `kubectl -n ${keda.namespace} rollout restart deployment ${name}`,
      ),
    );
}

function isStaying(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp === undefined;
}

/** When the pod's container was started last, in milliseconds since 1970; never, where it does not run. */
function startedMs(pod: V1Pod): number {
  const times = (pod.status?.containerStatuses ?? []).flatMap(
    ({ state }) => state?.running?.startedAt?.getTime() ?? [],
  );
  return times.length === 0 ? Infinity : Math.max(...times);
}
