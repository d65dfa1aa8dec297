import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { Reading } from "../../loadtest/model/observed.ts";
import { controllerFindings } from "./controllers.ts";
import { blocks, warns, type Finding } from "./finding.ts";
import { orElse, type View, type Workload } from "./view.ts";

const UP = "./scripts/up";

/** What `./scripts/up`, or a person in its place, has to have made: namespace, Secrets, KEDA, metrics-server, trust, images, rights. */
export function setUpFindings(view: View): Finding[] {
  return [
    ...gapFindings(view),
    ...rightFindings(view),
    ...namespaceFindings(view),
    ...secretFindings(view),
    ...controllerFindings(view),
    ...imageFindings(view),
    ...deployedFindings(view),
  ];
}

/** What could not be read, said once for each reason. */
function gapFindings(view: View): Finding[] {
  const readings: Reading<unknown>[] = [
    ...[view.namespaceObject, view.secrets, view.pods, view.events, view.kubernetes, view.controllers],
    ...[view.operatorPods, view.authorities, ...Object.values(view.live), ...view.queues.values()],
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
