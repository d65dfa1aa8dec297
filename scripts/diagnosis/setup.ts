import type { V1APIService, V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { distinct, finding, type Finding } from "./finding.ts";
import { orElse, subjectOf, type Gap, type View, type ViewReading, type Workload } from "./view.ts";

const OPERATOR = "keda-operator";
/** KEDA's default for `--ca-dir`. */
const AUTHORITY_FOLDER = "/custom/ca";
const EMULATOR = "servicebus-emulator";
const EMULATOR_TLS = `${EMULATOR}-tls`;
const CUSTOM_CA = { kind: "ConfigMap", name: "custom-ca" };

/** What `./scripts/up`, or a person in its place, has to have made: namespace, Secrets, KEDA, metrics-server, trust, images, permissions. */
export function setupFindings(view: View): Finding[] {
  return [
    ...gapFindings(view),
    ...permissionFindings(view),
    ...namespaceFindings(view),
    ...secretFindings(view),
    ...kedaFindings(view),
    ...metricsFindings(view),
    ...authorityFindings(view),
    ...imageFindings(view),
    ...deployedFindings(view),
  ];
}

/** What could not be read, once for each reason. */
function gapFindings(view: View): Finding[] {
  const readings: ViewReading<unknown>[] = [
    ...[view.namespaceObject, view.secrets, view.pods, view.events, view.kedaDeployments, view.kedaPods],
    ...[view.authority, view.apiServices, ...Object.values(view.live), ...view.queues.values()],
  ];
  const gaps = readings
    .filter((reading): reading is Gap => reading.kind === "gap")
    // Which permission is missing is a finding of its own.
    .filter(({ forbidden }) => view.missingPermissions.length === 0 || !forbidden);
  return distinct(gaps.map(({ what, error }) => finding("read-failed", { kind: "Reading", name: what }, { error })));
}

function permissionFindings({ missingPermissions }: View): Finding[] {
  const byResource = Map.groupBy(missingPermissions, ({ resource, namespace = "" }) => `${resource} ${namespace}`);
  return [...byResource.values()].flatMap((permissions) => {
    const [first] = permissions;
    if (first === undefined) return [];
    const { resource, namespace } = first;
    const verbs = permissions.map(({ verb }) => verb);
    return finding("permission-missing", { kind: "Permission", name: resource }, { verbs, resource, namespace });
  });
}

function namespaceFindings({ namespaceObject, namespace }: View): Finding[] {
  if (namespaceObject.kind !== "absent") return [];
  return [finding("namespace-missing", { kind: "Namespace", name: namespace }, {})];
}

/** A Secret that something needs, and the key in it; undefined where every key will do. */
interface Asked {
  by: string;
  secret: string;
  key: string | undefined;
}

function secretFindings(view: View): Finding[] {
  const { secrets, namespace } = view;
  // Without the namespace each of them is missing, which is a finding of its own.
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
  return distinct(
    asked.flatMap(({ by: neededBy, secret: name, key }) => {
      const found = secrets.value.find(({ metadata }) => metadata?.name === name);
      const subject = { kind: "Secret", name };
      if (found === undefined) return finding("secret-missing", subject, { neededBy, namespace, key });
      if (key === undefined || found.data?.[key] !== undefined) return [];
      const keys = Object.keys(found.data ?? {});
      return finding("secret-key-missing", subject, { neededBy, namespace, key, keys });
    }),
  );
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
  if (live.scaledObjects.kind === "absent") return [finding("keda-missing", { kind: "Namespace", name: "keda" }, {})];
  if (kedaDeployments.kind === "gap") return [];
  return [OPERATOR, "keda-metrics-apiserver"].flatMap((name) => {
    const found = orElse(kedaDeployments, []).find(({ metadata }) => metadata?.name === name);
    const subject = { kind: "Deployment", name };
    if (found === undefined) return [finding("keda-deployment-missing", subject, {})];
    if ((found.status?.availableReplicas ?? 0) > 0) return [];
    return [finding("keda-deployment-unavailable", subject, {})];
  });
}

const METRICS = {
  "v1beta1.metrics.k8s.io": "metrics-server",
  "v1beta1.external.metrics.k8s.io": "KEDA's metrics adapter",
} as const;

function metricsFindings(view: View): Finding[] {
  const { apiServices } = view;
  if (apiServices.kind === "gap") return [];
  return Object.entries(METRICS).flatMap(([name, provider]) => {
    const subject = { kind: "APIService", name };
    // Without KEDA its adapter is missing too, which is a finding of its own.
    if (name.includes("external") && view.live.scaledObjects.kind === "absent") return [];
    const found = orElse(apiServices, []).find(({ metadata }) => metadata?.name === name);
    if (found === undefined) return [finding("metrics-api-missing", subject, { provider })];
    const available = conditionOf(found, "Available");
    if (available?.status === "True") return [];
    return [
      finding("metrics-api-unavailable", subject, { provider, message: available?.message ?? "no condition yet" }),
    ];
  });
}

function conditionOf({ status }: V1APIService, type: string): { status: string; message?: string } | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The API server's note of when it began to track who manages an object that had no known manager; not a change of the object. */
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
  if (authority.kind === "absent" || trusted === undefined) return [finding("keda-ca-missing", CUSTOM_CA, {})];
  const encoded = orElse(secrets, []).find(({ metadata }) => metadata?.name === EMULATOR_TLS)?.data?.["ca.crt"];
  if (encoded !== undefined && Buffer.from(encoded, "base64").toString().trim() !== trusted.trim()) {
    return [finding("keda-ca-differs", CUSTOM_CA, { secret: EMULATOR_TLS })];
  }
  const subject = subjectOf("Deployment", operator);
  if (!mountsAuthority(operator)) return [finding("keda-ca-not-mounted", subject, { folder: AUTHORITY_FOLDER })];
  const changedMs = Math.max(
    ...[
      authority.value.metadata?.creationTimestamp,
      ...(authority.value.metadata?.managedFields ?? [])
        .filter(({ manager }) => manager !== FIRST_TRACKED)
        .map(({ time }) => time),
    ].map((time) => time?.getTime() ?? 0),
  );
  const readBefore = orElse(kedaPods, []).some((pod) => isOperator(pod) && startedMs(pod) < changedMs);
  return readBefore ? [finding("keda-ca-not-loaded", subject, {})] : [];
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
  const unavailable = new Map<string, Finding>();
  for (const pod of orElse(pods, [])) {
    for (const { image, state } of [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ]) {
      const reason = state?.waiting?.reason;
      if (reason === undefined || !WITHOUT_IMAGE.has(reason)) continue;
      const params = { pod: pod.metadata?.name ?? "", reason };
      unavailable.set(image, finding("image-unavailable", { kind: "Image", name: image }, params));
    }
  }
  return [...unavailable.values()];
}

function deployedFindings(view: View): Finding[] {
  if (view.namespaceObject.kind !== "value" || view.live.workloads.kind !== "value") return [];
  const there = new Set(view.live.workloads.value.map(({ metadata }) => metadata?.name));
  const missing = view.declared.workloads
    .flatMap(({ metadata }) => metadata?.name ?? [])
    .filter((name) => !there.has(name));
  if (missing.length === 0) return [];
  const subject = { kind: "Overlay", name: view.overlay };
  return [finding("workloads-not-deployed", subject, { names: missing, namespace: view.namespace })];
}
