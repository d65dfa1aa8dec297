import type { Keda } from "../../../loadtest/observe/controllers.ts";
import { formatPermission } from "../../../loadtest/preflight/rbac.ts";
import { defectText, versionText } from "../../setup/controllers/discover.ts";
import { distrustText } from "../../setup/controllers/trust.ts";
import type { Distrust, SetupParams } from "../finding.ts";
import { UP, type Parts, type Texts } from "./text.ts";

const distrusts = {
  what: ({ params: { keda, trust } }: Parts<Distrust>) => distrustText(keda, trust)?.what ?? "",
  fix: ({ params: { keda, trust } }: Parts<Distrust>) =>
    keda.origin === "ownsignal" ? `${UP} sees to it` : (distrustText(keda, trust)?.fix ?? ""),
};

/** Of the setup. */
export const SETUP_TEXTS: Texts<keyof SetupParams> = {
  "cluster-unreachable": { what: ({ params }) => params.message, fix: ({ params }) => params.fix },
  "read-failed": {
    what: ({ subject, params }) => `${subject.name} cannot be read: ${params.error}`,
    fix: () => "solve that, then run this again: what it hides is not checked",
  },
  "permission-missing": {
    what: ({ params: { verbs, resource, namespace } }) =>
      `missing RBAC permission: ${formatPermission({ verb: verbs.join(", "), resource, namespace })}`,
    fix: ({ params: { verbs, resource, namespace } }) =>
      `have it granted to you, and check: kubectl auth can-i ${verbs[0] ?? ""} ${resource}${namespace === undefined ? "" : ` -n ${namespace}`}`,
  },
  "namespace-missing": {
    what: ({ subject }) => `there is no namespace ${subject.name}`,
    fix: () => `${UP} makes it and the Secrets in it`,
  },
  "secret-missing": {
    what: ({ subject, params }) =>
      `${params.neededBy} needs Secret ${subject.name}, which namespace ${params.namespace} does not have`,
    fix: ({ subject, params }) => secretFix(subject.name, params),
  },
  "secret-key-missing": {
    what: ({ subject, params: { neededBy, key, keys } }) =>
      `${neededBy} needs key ${key} of Secret ${subject.name}, which has ${keys.join(", ") || "no key"}`,
    fix: ({ subject, params }) => secretFix(subject.name, params),
  },
  "version-too-old": {
    what: ({ params }) => versionText(params.what, params.version)?.what ?? "",
    fix: ({ params }) => versionText(params.what, params.version)?.fix ?? "",
  },
  "keda-missing": {
    what: () => "KEDA is not installed: the cluster knows no ScaledObject",
    fix: () => `${UP} installs it`,
  },
  "keda-incomplete": {
    what: () => "KEDA's installation was interrupted: a part of it is missing",
    fix: () => `${UP} completes it`,
  },
  "keda-unusable": {
    what: ({ params }) => defectText("KEDA", params.defect).what,
    fix: ({ params }) => defectText("KEDA", params.defect).fix,
  },
  "keda-deployment-unavailable": {
    what: ({ subject }) => `KEDA's Deployment ${subject.name} has no ready pod`,
    fix: ({ subject: { name }, params: { namespace } }) =>
      `kubectl -n ${namespace} describe deployment ${name}; kubectl -n ${namespace} logs deployment/${name}`,
  },
  "metrics-server-missing": {
    what: ({ subject }) => `metrics-server is not installed: no APIService ${subject.name}`,
    fix: () => `${UP} installs it`,
  },
  "metrics-server-incomplete": {
    what: () => "metrics-server's installation was interrupted: a part of it is missing",
    fix: () => `${UP} completes it`,
  },
  "metrics-server-unusable": {
    what: ({ params }) => defectText("metrics-server", params.defect).what,
    fix: ({ params }) => defectText("metrics-server", params.defect).fix,
  },
  "metrics-api-unavailable": {
    what: ({ subject, params }) => `${params.provider} does not answer: APIService ${subject.name}: ${params.message}`,
    fix: ({ subject }) => `wait a minute after its installation; then kubectl describe apiservice ${subject.name}`,
  },
  "keda-ca-missing": distrusts,
  "keda-ca-not-mounted": distrusts,
  "keda-ca-not-supported": distrusts,
  "keda-ca-not-loaded": {
    what: ({ subject, params }) =>
      `${subject.name} was started before ${params.source} changed, and reads it at its start only`,
    fix: ({ subject, params }) => `kubectl -n ${params.namespace} rollout restart deployment ${subject.name}`,
  },
  "keda-workload-identity-missing": {
    what: ({ subject, params: { neededBy } }) =>
      `${neededBy} needs a token for Entra, and ${subject.name} gets none: its pods lack the label azure.workload.identity/use: "true"`,
    fix: ({ subject, params: { keda } }) => identityFix(subject.name, keda),
  },
  "image-unavailable": {
    what: ({ subject, params }) => `the node cannot get image ${subject.name} for pod ${params.pod} (${params.reason})`,
    fix: ({ subject }) =>
      subject.name.includes("/ownsignal/")
        ? `${UP} builds and loads it; on a cluster of your own: CLUSTER=existing REGISTRY=… ${UP}`
        : "see to it that the nodes reach its registry",
  },
  "workloads-not-deployed": {
    what: ({ subject, params }) =>
      `${params.names.join(", ")} of ${subject.name} not deployed in namespace ${params.namespace}`,
    fix: ({ subject }) => `kubectl apply -k ${subject.name}`,
  },
};

function identityFix(deployment: string, { origin, namespace }: Keda): string {
  switch (origin) {
    case "aks-add-on":
      return `az aks update --enable-oidc-issuer --enable-workload-identity, then kubectl -n ${namespace} rollout restart deployment ${deployment}`;
    case "helm":
      return "helm upgrade with podIdentity.azureWorkload.enabled=true";
    case "ownsignal":
    case "manifest":
      return `kubectl -n ${namespace} patch deployment ${deployment} --patch-file kustomize/controllers/keda-workload-identity/operator.yaml`;
  }
}

function secretFix(secret: string, { namespace, key }: { namespace: string; key: string | undefined }): string {
  if (secret.startsWith("servicebus-")) return `${UP} makes it`;
  return `kubectl -n ${namespace} create secret generic ${secret}${key === undefined ? "" : ` --from-literal=${key}=…`}`;
}
