import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import { controllerFindings } from "./controllers.ts";
import { distinct, finding, type Finding } from "./finding.ts";
import { orElse, type Gap, type View, type ViewReading, type Workload } from "./view.ts";

/** What `./scripts/up`, or a person in its place, has to have made: namespace, Secrets, KEDA, metrics-server, trust, images, permissions. */
export function setupFindings(view: View): Finding[] {
  return [
    ...gapFindings(view),
    ...permissionFindings(view),
    ...namespaceFindings(view),
    ...secretFindings(view),
    ...controllerFindings(view),
    ...imageFindings(view),
    ...deployedFindings(view),
  ];
}

/** What could not be read, once for each reason. */
function gapFindings(view: View): Finding[] {
  const readings: ViewReading<unknown>[] = [
    ...[view.namespaceObject, view.secrets, view.pods, view.events, view.kubernetes, view.controllers],
    ...[view.operatorPods, view.authorities, ...Object.values(view.live), ...view.queues.values()],
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
  const withPods = secretsMadeWithPods(view);
  return distinct(
    asked.flatMap(({ by: neededBy, secret: name, key }) => {
      const found = secrets.value.find(({ metadata }) => metadata?.name === name);
      const subject = { kind: "Secret", name };
      if (found === undefined && withPods.has(name)) return [];
      if (found === undefined) return finding("secret-missing", subject, { neededBy, namespace, key });
      if (key === undefined || found.data?.[key] !== undefined) return [];
      const keys = Object.keys(found.data ?? {});
      return finding("secret-key-missing", subject, { neededBy, namespace, key, keys });
    }),
  );
}

/** What the Secrets Store CSI driver makes with a workload's first pod and deletes with its last: absent by design where there is none. */
function secretsMadeWithPods({ declared, live }: View): Set<string> {
  const running = orElse(live.workloads, []).filter(({ status }) => (status?.replicas ?? 0) > 0);
  const classes = declared.workloads
    .filter(({ metadata }) => !running.some((one) => one.metadata?.name === metadata?.name))
    .flatMap(({ spec }) => spec?.template.spec?.volumes ?? [])
    .flatMap(({ csi }) => csi?.volumeAttributes?.secretProviderClass ?? []);
  return new Set(
    declared.secretClasses
      .filter(({ metadata }) => classes.includes(metadata?.name ?? ""))
      .flatMap(({ spec }) => (spec?.secretObjects ?? []).map(({ secretName }) => secretName)),
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
