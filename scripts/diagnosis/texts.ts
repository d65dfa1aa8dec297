import { causeText } from "../../loadtest/report/texts/causeTexts.ts";
import { formatPermission } from "../../loadtest/preflight/rbac.ts";
import { defectText, versionText } from "../setup/controllers/discover.ts";
import { distrustText } from "../setup/controllers/trust.ts";
import type { Distrust, Finding, FindingId, MissingRequest, Subject, TriggerFailure } from "./finding.ts";

interface Text<Id extends FindingId> {
  what: (finding: Extract<Finding, { id: Id }>) => string;
  fix: (finding: Extract<Finding, { id: Id }>) => string;
}

const UP = "./scripts/up";
const QUEUE_FIX =
  "name a queue that the bus has, or add it: dev's are in kustomize/components/servicebus-emulator/workload/Config.json";

interface Parts<Params> {
  subject: Subject;
  params: Params;
}

const requestMissing = {
  what: ({ subject, params: { workload, container, resource, wholePod } }: Parts<MissingRequest>) =>
    wholePod
      ? `${subject.kind} ${subject.name} scales on a share of the ${resource} that all containers of ${workload} request, and container ${container} requests none`
      : `${subject.kind} ${subject.name} scales on a share of the ${resource} that container ${container} of ${workload} requests, and it requests none`,
  fix: ({ params: { resource } }: Parts<MissingRequest>) => `give it resources.requests.${resource}`,
};

const triggerFails = ({
  subject: { name },
  params: { state, conditionMessage, event },
}: Parts<TriggerFailure>): string => {
  const lastEvent = event === undefined ? "" : ` (${event})`;
  switch (state) {
    case "not-ready":
      return `ScaledObject ${name} is not ready: ${conditionMessage ?? ""}${lastEvent}`;
    case "in-fallback":
      return `ScaledObject ${name} is in fallback: KEDA cannot read its trigger${lastEvent}`;
    case "failing":
      return `ScaledObject ${name} has a trigger that fails${lastEvent}`;
  }
};

const distrusts = {
  what: ({ params: { keda, trust } }: Parts<Distrust>) => distrustText(keda, trust)?.what ?? "",
  fix: ({ params: { keda, trust } }: Parts<Distrust>) =>
    keda.origin === "ownsignal" ? `${UP} sees to it` : (distrustText(keda, trust)?.fix ?? ""),
};

/** What a person reads about each finding: what is wrong, with names and values, and how to fix it. */
const TEXTS: { [Id in FindingId]: Text<Id> } = {
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
  "autoscalers-compete": {
    what: ({ subject, params: { autoscalers } }) =>
      `${subject.kind} ${subject.name} has ${autoscalers.length} autoscalers: ${autoscalers.join(", ")}`,
    fix: () => "leave one of them",
  },
  "replicas-fixed": {
    what: ({ subject, params }) =>
      `${subject.kind} ${subject.name} sets spec.replicas: ${params.replicas}, which ${params.autoscaler} manages, so that every kubectl apply reverts it`,
    fix: () => "remove `replicas` from its manifest",
  },
  "hpa-container-unknown": {
    what: ({ subject, params: { container, workload, containers } }) =>
      `${subject.kind} ${subject.name} targets container ${container}, which ${workload} does not have (it has ${containers.join(", ")})`,
    fix: () => "name one of them",
  },
  "hpa-targets-other-container": {
    what: ({ subject, params: { container, workload } }) =>
      `${subject.kind} ${subject.name} targets container ${container}, a sidecar of ${workload}, and what the service itself uses is no part of its metric`,
    fix: ({ params }) => `name container ${params.containers.join(" or ")}`,
  },
  "cpu-request-missing": requestMissing,
  "memory-request-missing": requestMissing,
  "scaled-object-key-rejected": {
    what: triggerFails,
    fix: () =>
      `its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ${UP} restores dev's`,
  },
  "scaled-object-queue-unknown": { what: triggerFails, fix: () => QUEUE_FIX },
  "scaled-object-certificate-untrusted": {
    what: triggerFails,
    fix: () => `KEDA must trust the bus's authority: ${UP} sees to it`,
  },
  "scaled-object-trigger-failing": {
    what: triggerFails,
    fix: ({ subject, params: { namespace, operator } }) => {
      const [kedaNamespace = "", name = ""] = operator.split("/");
      return `kubectl -n ${namespace} describe scaledobject ${subject.name}; kubectl -n ${kedaNamespace} logs deployment/${name}`;
    },
  },
  "hpa-cannot-compute": {
    what: ({ subject, params }) => `${subject.kind} ${subject.name} cannot compute replicas: ${params.message}`,
    fix: ({ subject, params }) => `kubectl -n ${params.namespace} describe hpa ${subject.name}`,
  },
  "hpa-has-no-metrics-yet": {
    what: ({ subject, params }) => `${subject.kind} ${subject.name} cannot compute replicas yet: ${params.message}`,
    fix: ({ params: { forSeconds, withinSeconds } }) =>
      `since ${forSeconds} s only: wait for the first metrics, ${withinSeconds} s at the most`,
  },
  "queue-missing": {
    what: ({ subject, params }) =>
      `a ScaledObject of namespace ${params.namespace} watches queue ${subject.name}, which the bus does not have`,
    fix: () => QUEUE_FIX,
  },
  "hpa-cannot-scale": {
    what: ({ subject, params: { minReplicas, maxReplicas } }) =>
      `${subject.kind} ${subject.name} never scales: ${minReplicas === maxReplicas ? `minReplicas equals maxReplicas (${maxReplicas})` : `minReplicas ${minReplicas} exceeds maxReplicas ${maxReplicas}`}`,
    fix: () => "raise maxReplicas or lower minReplicas",
  },
  "objective-unreachable": {
    what: ({ params }) => causeText(params.cause),
    fix: ({ params }) =>
      `change the field in brackets in its manifest, or the proof's scenario ${params.scenario} fails`,
  },
};

/** What is wrong, in one line: messages of others have line ends. */
export function whatIn(finding: Finding): string {
  return oneLine(textOf(finding).what(finding));
}

/** `ERROR  <what>. Fix: <fix>`, in one line. */
export function formatFinding(finding: Finding): string {
  const { what, fix } = textOf(finding);
  return `${finding.severity.padEnd(5)}  ${oneLine(what(finding)).replace(/\.$/, "")}. Fix: ${oneLine(fix(finding))}`;
}

/** The text of an id takes just that id's parameters, which a union of ids cannot show. */
function textOf({ id }: Finding): { what: (finding: Finding) => string; fix: (finding: Finding) => string } {
  return TEXTS[id] as ReturnType<typeof textOf>;
}

function secretFix(secret: string, { namespace, key }: { namespace: string; key: string | undefined }): string {
  if (secret.startsWith("servicebus-")) return `${UP} makes it`;
  return `kubectl -n ${namespace} create secret generic ${secret}${key === undefined ? "" : ` --from-literal=${key}=…`}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
