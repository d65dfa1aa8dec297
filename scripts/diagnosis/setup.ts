import type { V1APIService, V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import type { Reading } from "../../loadtest/model/reading.ts";
import { blocks, warns, type Finding } from "./finding.ts";
import { orElse, type View, type Workload } from "./view.ts";

const UP = "./scripts/up";
const OPERATOR = "keda-operator";
/** KEDA's default for `--ca-dir`. */
const AUTHORITY_FOLDER = "/custom/ca";
const EMULATOR = "servicebus-emulator";
const EMULATOR_TLS = `${EMULATOR}-tls`;

/** What `./scripts/up`, or a person in its place, has to have made: namespace, Secrets, KEDA, metrics-server, trust, images, rights. */
export function setUpFindings(view: View): Finding[] {
  return [
    ...gapFindings(view),
    ...rightFindings(view),
    ...namespaceFindings(view),
    ...secretFindings(view),
    ...kedaFindings(view),
    ...metricsFindings(view),
    ...authorityFindings(view),
    ...imageFindings(view),
    ...deployedFindings(view),
  ];
}

/** What could not be read, said once for each reason. */
function gapFindings(view: View): Finding[] {
  const readings: Reading<unknown>[] = [
    ...[view.namespaceObject, view.secrets, view.pods, view.events, view.kedaDeployments, view.kedaPods],
    ...[view.authority, view.apiServices, ...Object.values(view.live), ...view.queues.values()],
  ];
  const errors = new Set(readings.flatMap((reading) => (reading.kind === "gap" ? [reading.error] : [])));
  // Which right is missing has been said better.
  const worthSaying = [...errors].filter((error) => view.missingRights.length === 0 || !error.endsWith(" 403"));
  return worthSaying.map((error) => warns(error, "mend that, then ask again: what it hides cannot be judged"));
}

function rightFindings({ missingRights }: View): Finding[] {
  const verbsOf = Map.groupBy(missingRights, ({ resource, namespace = "" }) => `${resource} ${namespace}`);
  return [...verbsOf.values()].flatMap((rights) => {
    const [first] = rights;
    if (first === undefined) return [];
    const { verb, resource, namespace } = first;
    const verbs = rights.map((right) => right.verb).join(" and ");
    const where = namespace === undefined ? "in the whole cluster" : `in namespace ${namespace}`;
    return blocks(
      `this kubectl context may not ${verbs} ${resource} ${where}`,
      `have it granted to you, and check: kubectl auth can-i ${verb} ${resource}${namespace === undefined ? "" : ` -n ${namespace}`}`,
    );
  });
}

function namespaceFindings({ namespaceObject, namespace }: View): Finding[] {
  if (namespaceObject.kind !== "absent") return [];
  return [blocks(`there is no namespace ${namespace}`, `${UP} makes it and the Secrets in it`)];
}

/** A Secret that something needs, and the key in it; undefined where every key will do. */
interface Asked {
  by: string;
  secret: string;
  key: string | undefined;
}

function secretFindings(view: View): Finding[] {
  const { secrets, namespace } = view;
  // Without the namespace each of them is missing, and that has been said.
  if (secrets.kind !== "value" || view.namespaceObject.kind === "absent") return [];
  const asked = [
    ...[...view.declared.workloads, ...orElse(view.live.workloads, [])].flatMap(askedByWorkload),
    ...[...view.declared.authentications, ...orElse(view.live.authentications, [])].flatMap((authentication) =>
      (authentication.spec?.secretTargetRef ?? []).map(({ name, key }) => ({
        by: `TriggerAuthentication ${authentication.metadata?.name ?? ""}`,
        secret: name,
        key,
      })),
    ),
  ];
  const findings = new Map<string, Finding>();
  for (const { by, secret, key } of asked) {
    const found = secrets.value.find(({ metadata }) => metadata?.name === secret);
    const remedy = secret.startsWith("servicebus-")
      ? `${UP} makes it`
      : `kubectl -n ${namespace} create secret generic ${secret}${key === undefined ? "" : ` --from-literal=${key}=…`}`;
    if (found === undefined) {
      const what = `${by} needs Secret ${secret}, which namespace ${namespace} does not have`;
      findings.set(what, blocks(what, remedy));
    } else if (key !== undefined && found.data?.[key] === undefined) {
      const what = `${by} needs key ${key} of Secret ${secret}, which has ${Object.keys(found.data ?? {}).join(", ") || "no key"}`;
      findings.set(what, blocks(what, remedy));
    }
  }
  return [...findings.values()];
}

function askedByWorkload(workload: Workload): Asked[] {
  const by = workload.metadata?.name ?? "";
  const pod = workload.spec?.template.spec;
  const ofContainers = containersOf(pod).flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom }) => {
      const reference = valueFrom?.secretKeyRef;
      return reference?.name === undefined || reference.optional === true
        ? []
        : [{ by, secret: reference.name, key: reference.key }];
    }),
    ...envFrom.flatMap(({ secretRef }) =>
      secretRef?.name === undefined || secretRef.optional === true
        ? []
        : [{ by, secret: secretRef.name, key: undefined }],
    ),
  ]);
  const ofVolumes = (pod?.volumes ?? []).flatMap(({ secret }) =>
    secret?.secretName === undefined || secret.optional === true
      ? []
      : [{ by, secret: secret.secretName, key: undefined }],
  );
  return [...ofContainers, ...ofVolumes];
}

function containersOf(pod: V1PodSpec | undefined): V1Container[] {
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

function kedaFindings({ kedaDeployments, live }: View): Finding[] {
  if (live.scaledObjects.kind === "absent") {
    return [blocks("KEDA is not installed: the cluster knows no ScaledObject", `${UP} installs it`)];
  }
  if (kedaDeployments.kind === "gap") return [];
  return [OPERATOR, "keda-metrics-apiserver"].flatMap((name) => {
    const found = orElse(kedaDeployments, []).find(({ metadata }) => metadata?.name === name);
    if (found === undefined) return [blocks(`KEDA has no Deployment ${name} in namespace keda`, `${UP} installs it`)];
    if ((found.status?.availableReplicas ?? 0) > 0) return [];
    return [
      blocks(
        `KEDA's Deployment ${name} has no pod that is ready`,
        `kubectl -n keda describe deployment ${name}; kubectl -n keda logs deployment/${name}`,
      ),
    ];
  });
}

const METRICS = {
  "v1beta1.metrics.k8s.io": "metrics-server",
  "v1beta1.external.metrics.k8s.io": "KEDA's metrics adapter",
} as const;

function metricsFindings(view: View): Finding[] {
  const { apiServices } = view;
  if (apiServices.kind === "gap") return [];
  return Object.entries(METRICS).flatMap(([name, part]) => {
    // Without KEDA its adapter is missing too, and that has been said.
    if (name.includes("external") && view.live.scaledObjects.kind === "absent") return [];
    const found = orElse(apiServices, []).find(({ metadata }) => metadata?.name === name);
    if (found === undefined) return [blocks(`${part} is not installed: no APIService ${name}`, `${UP} installs it`)];
    const available = conditionOf(found, "Available");
    if (available?.status === "True") return [];
    return [
      blocks(
        `${part} does not answer: APIService ${name}: ${available?.message ?? "no condition yet"}`,
        `wait a minute after its installation; then kubectl describe apiservice ${name}`,
      ),
    ];
  });
}

function conditionOf({ status }: V1APIService, type: string): { status: string; message?: string } | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The API server's note of when it began to track who manages an object that nobody was known to manage; not a change of the object. */
const FIRST_TRACKED = "before-first-apply";

/** KEDA reaches the emulator over TLS only where it trusts the authority that signed the emulator's certificate. */
function authorityFindings(view: View): Finding[] {
  const { authority, kedaDeployments, kedaPods, secrets } = view;
  const emulator = [...view.declared.workloads, ...orElse(view.live.workloads, [])].some(
    ({ metadata }) => metadata?.name === EMULATOR,
  );
  if (!emulator || kedaDeployments.kind !== "value" || authority.kind === "gap") return [];
  const operator = kedaDeployments.value.find(({ metadata }) => metadata?.name === OPERATOR);
  if (operator === undefined) return [];

  const trusted = authority.kind === "value" ? authority.value.data?.["ca.crt"] : undefined;
  if (authority.kind === "absent" || trusted === undefined) {
    return [
      blocks("KEDA does not trust the bus: no ConfigMap custom-ca with key ca.crt in namespace keda", `${UP} makes it`),
    ];
  }
  const encoded = orElse(secrets, []).find(({ metadata }) => metadata?.name === EMULATOR_TLS)?.data?.["ca.crt"];
  if (encoded !== undefined && Buffer.from(encoded, "base64").toString().trim() !== trusted.trim()) {
    return [
      blocks(
        `KEDA trusts another authority than the one that signed the bus's certificate: ConfigMap custom-ca in namespace keda differs from ca.crt of Secret ${EMULATOR_TLS}`,
        `${UP} brings them together`,
      ),
    ];
  }
  if (!mountsAuthority(operator)) {
    return [
      blocks(
        `KEDA does not trust the bus: Deployment ${OPERATOR} does not mount ConfigMap custom-ca at ${AUTHORITY_FOLDER}`,
        "mount it there, as kustomize/controllers/keda/operator.yaml does",
      ),
    ];
  }
  const changedMs = Math.max(
    ...[
      authority.value.metadata?.creationTimestamp,
      ...(authority.value.metadata?.managedFields ?? [])
        .filter(({ manager }) => manager !== FIRST_TRACKED)
        .map(({ time }) => time),
    ].map((time) => time?.getTime() ?? 0),
  );
  const readBefore = orElse(kedaPods, []).some((pod) => isOperator(pod) && startedMs(pod) < changedMs);
  if (!readBefore) return [];
  return [
    blocks(
      `${OPERATOR} was started before ConfigMap custom-ca changed, and reads it at its start only`,
      `kubectl -n keda rollout restart deployment ${OPERATOR}`,
    ),
  ];
}

function mountsAuthority(operator: Workload): boolean {
  const pod = operator.spec?.template.spec;
  const volume = pod?.volumes?.find(({ configMap }) => configMap?.name === "custom-ca")?.name;
  return containersOf(pod).some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name, mountPath }) => name === volume && mountPath === AUTHORITY_FOLDER),
  );
}

function isOperator(pod: V1Pod): boolean {
  return pod.metadata?.labels?.app === OPERATOR && pod.metadata.deletionTimestamp === undefined;
}

/** When the pod's container was started last, in milliseconds since 1970; never, where it does not run. */
function startedMs(pod: V1Pod): number {
  const times = (pod.status?.containerStatuses ?? []).flatMap(
    ({ state }) => state?.running?.startedAt?.getTime() ?? [],
  );
  return times.length === 0 ? Infinity : Math.max(...times);
}

/** Reasons that the kubelet gives when it cannot come by an image. */
const WITHOUT_IMAGE = new Set([
  ...["ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"],
]);

function imageFindings({ pods }: View): Finding[] {
  const missing = new Map<string, Finding>();
  for (const pod of orElse(pods, [])) {
    for (const { image, state } of [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ]) {
      const reason = state?.waiting?.reason;
      if (reason === undefined || !WITHOUT_IMAGE.has(reason)) continue;
      missing.set(
        image,
        blocks(
          `the node cannot get image ${image} for pod ${pod.metadata?.name ?? ""} (${reason})`,
          image.includes("/ownsignal/")
            ? `${UP} builds and loads it; on a cluster of your own: CLUSTER=existing REGISTRY=… ${UP}`
            : "see to it that the nodes reach its registry",
        ),
      );
    }
  }
  return [...missing.values()];
}

function deployedFindings(view: View): Finding[] {
  if (view.namespaceObject.kind !== "value" || view.live.workloads.kind !== "value") return [];
  const there = new Set(view.live.workloads.value.map(({ metadata }) => metadata?.name));
  const missing = view.declared.workloads
    .flatMap(({ metadata }) => metadata?.name ?? [])
    .filter((name) => !there.has(name));
  if (missing.length === 0) return [];
  return [
    warns(
      `${missing.join(", ")} of ${view.overlay} not deployed in namespace ${view.namespace}`,
      `kubectl apply -k ${view.overlay}`,
    ),
  ];
}
