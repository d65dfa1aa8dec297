import type { CoreV1Event, V2HorizontalPodAutoscaler, V2MetricSpec } from "@kubernetes/client-node";
import { kedaOf } from "./controllers.ts";
import { blocks, warns, type Finding } from "./finding.ts";
import { objectiveFindings } from "./objectives.ts";
import { orElse, titleOf, type Deployed, type ScaledObject, type View, type Workload } from "./view.ts";

/** How long a new autoscaler, or a new pod, may be without its first metric: a scrape, the adapter's and the controller's period, twice. */
const FIRST_METRIC_SECONDS = 120;
const REMEDY_FOR_QUEUE =
  "name a queue that the bus has, or add it: dev's are in kustomize/components/servicebus-emulator/workload/Config.json";
/** KEDA's own default. */
const DEFAULT_POLLING_SECONDS = 30;
/** How much later than the poll its event may be seen. */
const EVENT_DELAY_SECONDS = 10;
/** In characters. */
const LONGEST_MESSAGE = 300;
/** Bears what a person applied, where kubectl applied it on the client's side. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Why the autoscalers could not do their work, or would fight over it. */
export function scalingFindings(view: View): Finding[] {
  const live: Deployed = {
    workloads: orElse(view.live.workloads, []),
    autoscalers: orElse(view.live.autoscalers, []),
    scaledObjects: orElse(view.live.scaledObjects, []),
    authentications: orElse(view.live.authentications, []),
  };
  const found = [
    ...declaredFindings(view.declared),
    ...writtenFindings(live, replicasLastApplied),
    ...objectiveFindings(live),
    ...live.scaledObjects.flatMap((scaled) => readyFindings(scaled, view)),
    ...live.autoscalers.flatMap((autoscaler) => computingFindings(autoscaler, view.nowMs, view.namespace)),
    ...queueFindings(view),
  ];
  // What is declared and deployed alike is one finding.
  return [...new Map(found.map((finding) => [finding.what, finding])).values()];
}

/** What can be said of objects that are not deployed, and may never have been. */
export function declaredFindings(declared: Deployed): Finding[] {
  return [...writtenFindings(declared, fixedReplicas), ...objectiveFindings(declared)];
}

/** What the objects themselves say, whether they are deployed or not. */
function writtenFindings(
  { workloads, autoscalers, scaledObjects }: Deployed,
  replicasOf: (workload: Workload) => number | undefined,
): Finding[] {
  return workloads.flatMap((workload) => {
    const name = workload.metadata?.name;
    const kind = "serviceName" in (workload.spec ?? {}) ? "StatefulSet" : "Deployment";
    const horizontal = autoscalers.filter(
      ({ spec }) => spec.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === name,
    );
    const scaled = scaledObjects.filter(
      ({ spec }) => (spec?.scaleTargetRef.kind ?? "Deployment") === kind && spec?.scaleTargetRef.name === name,
    );
    const scalers = [
      ...scaled.map((object) => titleOf("ScaledObject", object)),
      // The one that KEDA made for its ScaledObject is the ScaledObject.
      ...horizontal
        .filter((object) => !isKedas(object, scaled))
        .map((object) => titleOf("HorizontalPodAutoscaler", object)),
    ];
    if (scalers.length === 0) return [];
    const title = titleOf(kind, workload);
    const findings: Finding[] = [];
    if (scalers.length > 1) {
      findings.push(blocks(`${title} has ${scalers.length} autoscalers: ${scalers.join(", ")}`, "leave one of them"));
    }
    const replicas = replicasOf(workload);
    if (replicas !== undefined) {
      findings.push(
        blocks(
          `${title} fixes replicas: ${replicas} beside ${scalers[0] ?? ""}, so that every kubectl apply undoes its work`,
          "take `replicas` out of its manifest",
        ),
      );
    }
    for (const autoscaler of horizontal) {
      for (const metric of autoscaler.spec.metrics ?? [])
        findings.push(...metricFindings(title, workload, autoscaler, metric));
    }
    return findings;
  });
}

function isKedas({ metadata }: V2HorizontalPodAutoscaler, scaled: readonly ScaledObject[]): boolean {
  return (metadata?.ownerReferences ?? []).some(
    ({ kind, name }) => kind === "ScaledObject" && scaled.some((object) => object.metadata?.name === name),
  );
}

function fixedReplicas(workload: Workload): number | undefined {
  return workload.spec?.replicas;
}

/** What is live always has a number, which the autoscaler owns; what a person applied is in an annotation. */
function replicasLastApplied({ metadata }: Workload): number | undefined {
  const applied = metadata?.annotations?.[LAST_APPLIED];
  const replicas = /"replicas":(\d+)/.exec(applied ?? "")?.[1];
  return replicas === undefined ? undefined : Number(replicas);
}

/** A share of a request can be computed only where the container exists and requests something. */
function metricFindings(
  title: string,
  workload: Workload,
  autoscaler: V2HorizontalPodAutoscaler,
  { containerResource, resource }: V2MetricSpec,
): Finding[] {
  const pod = workload.spec?.template.spec;
  const containers = [
    ...(pod?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"),
    ...(pod?.containers ?? []),
  ];
  const scaler = titleOf("HorizontalPodAutoscaler", autoscaler);
  if (containerResource !== undefined) {
    const { container: name, name: metric, target } = containerResource;
    const container = containers.find((one) => one.name === name);
    if (container === undefined) {
      const names = containers.map((one) => one.name).join(", ");
      return [
        blocks(
          `${scaler} looks at container ${name}, which ${title} does not have (it has ${names})`,
          "name one of them",
        ),
      ];
    }
    const own = pod?.containers ?? [];
    if (!own.includes(container)) {
      return [
        warns(
          `${scaler} looks at container ${name}, a sidecar of ${title}, and what the service itself uses is no part of its signal`,
          `name container ${own.map((one) => one.name).join(" or ")}`,
        ),
      ];
    }
    if (target.type !== "Utilization" || container.resources?.requests?.[metric] !== undefined) return [];
    return [
      blocks(
        `${scaler} scales on a share of the ${metric} that container ${name} of ${title} requests, and it requests none`,
        `give it resources.requests.${metric}`,
      ),
    ];
  }
  if (resource?.target.type !== "Utilization") return [];
  return containers
    .filter(({ resources }) => resources?.requests?.[resource.name] === undefined)
    .map(({ name }) =>
      blocks(
        `${scaler} scales on a share of the ${resource.name} that all containers of ${title} request, and container ${name} requests none`,
        `give it resources.requests.${resource.name}`,
      ),
    );
}

/**
 * A ScaledObject that KEDA cannot serve, with what its scaler said last: a wrong key shows here. Where there is a fallback, Ready stays True, and
 * Fallback becomes True after some failures; until then only the failures themselves tell.
 */
function readyFindings(scaled: ScaledObject, view: View): Finding[] {
  const name = scaled.metadata?.name ?? "";
  const condition = (type: string): { status: string; message: string } | undefined =>
    scaled.status?.conditions?.find((one) => one.type === type);
  const [last] = orElse(view.events, [])
    .filter(
      ({ involvedObject, type }) =>
        involvedObject.kind === "ScaledObject" && involvedObject.name === name && type === "Warning",
    )
    .sort((one, other) => seenMs(other) - seenMs(one));
  const pollingSeconds = scaled.spec?.pollingInterval ?? DEFAULT_POLLING_SECONDS;
  const failsNow = last !== undefined && view.nowMs - seenMs(last) < (2 * pollingSeconds + EVENT_DELAY_SECONDS) * 1000;
  const ready = condition("Ready");
  const title = titleOf("ScaledObject", scaled);
  let what: string;
  if (ready?.status === "False") what = `${title} is not ready: ${ready.message}`;
  else if (condition("Fallback")?.status === "True") what = `${title} is on its fallback: KEDA cannot read its trigger`;
  else if (failsNow) what = `${title} has a trigger that fails`;
  else return [];
  const said = last?.message === undefined ? "" : ` (${shortened(last.message)})`;
  return [blocks(`${what}${said}`, remedyFor(`${what}${said}`, name, view))];
}

function remedyFor(said: string, name: string, view: View): string {
  if (/\b40[13]\b|unauthori[sz]ed|InvalidSignature/i.test(said)) {
    return "its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ./scripts/up restores dev's";
  }
  if (/queue \S+ doesn't exist/.test(said)) return REMEDY_FOR_QUEUE;
  if (/x509|certificate/.test(said)) return "KEDA must trust the bus's authority: ./scripts/up sees to it";
  const { namespace, operator } = kedaOf(view) ?? {};
  const logs = `kubectl -n ${namespace ?? "keda"} logs deployment/${operator?.metadata?.name ?? "keda-operator"}`;
  return `kubectl -n ${view.namespace} describe scaledobject ${name}; ${logs}`;
}

/** One line of what the SDK's errors spread over a page. */
function shortened(message: string): string {
  return message
    .replaceAll(/-{5,}/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?(TrackingId|SystemTracker|Timestamp):[^,<]*,?/g, "")
    .slice(0, LONGEST_MESSAGE);
}

function seenMs({ lastTimestamp, metadata }: CoreV1Event): number {
  return (lastTimestamp ?? metadata.creationTimestamp)?.getTime() ?? 0;
}

function computingFindings(autoscaler: V2HorizontalPodAutoscaler, nowMs: number, namespace: string): Finding[] {
  return (autoscaler.status?.conditions ?? []).flatMap(({ type, status, reason, message, lastTransitionTime }) => {
    // At zero replicas KEDA has nothing for its HPA to scale.
    if (status !== "False" || (type !== "ScalingActive" && type !== "AbleToScale") || reason === "ScalingDisabled")
      return [];
    const seconds = Math.round((nowMs - (lastTransitionTime?.getTime() ?? nowMs)) / 1000);
    const title = titleOf("HorizontalPodAutoscaler", autoscaler);
    const what = `${title} cannot compute replicas: ${message ?? reason ?? type}`;
    return [
      seconds < FIRST_METRIC_SECONDS
        ? warns(what, `since ${seconds} s only: wait for the first metrics, ${FIRST_METRIC_SECONDS} s at the most`)
        : blocks(what, `kubectl -n ${namespace} describe hpa ${autoscaler.metadata?.name ?? ""}`),
    ];
  });
}

function queueFindings({ queues, namespace }: View): Finding[] {
  return [...queues].flatMap(([queue, there]) =>
    there.kind === "value" && !there.value
      ? [
          blocks(
            `a ScaledObject of namespace ${namespace} watches queue ${queue}, which the bus does not have`,
            REMEDY_FOR_QUEUE,
          ),
        ]
      : [],
  );
}
