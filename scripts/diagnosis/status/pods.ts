import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import { podTroubleOf } from "../../../loadtest/observe/podTrouble.ts";
import { finding, type Finding, type Subject } from "../finding.ts";
import { podsOf } from "../rules/facts.ts";
import { kindOf, liveObjects, orElse, subjectOf, type View, type Workload } from "../view.ts";
import { lastWarning, seenMs } from "./events.ts";

/** For so long a pod may be unready without a word: an image pull, a volume, a slow start. */
const START_SECONDS = 120;
/** A refusal that no event has repeated for so long is over: the controller's back-off is 16 min at the most, but a Deployment's condition tells then. */
const REFUSED_SECONDS = 300;
/** Why pods of the workloads do not start or are refused, once for each workload and reason. */
export function podFindings(view: View): Finding[] {
  const { workloads } = liveObjects(view);
  return workloads.flatMap((workload) => [
    ...inTrouble(workload, podsOf(workload, orElse(view.pods, [])), view),
    ...refused(workload, view),
  ]);
}

interface Trouble {
  id: "pods-crash-looping" | "pods-cannot-be-created" | "pods-unschedulable" | "pods-not-ready";
  container: string;
  reason: string;
  message: string;
  forSeconds: number;
}

function inTrouble(workload: Workload, pods: readonly V1Pod[], view: View): Finding[] {
  const subject = subjectOf(kindOf(workload), workload);
  const troubled = pods
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .flatMap((pod) => {
      const trouble = troubleOf(pod, view);
      return trouble === undefined ? [] : [{ pod, trouble }];
    });
  const alike = Map.groupBy(troubled, ({ trouble: { id, container, reason } }) => `${id} ${container} ${reason}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { trouble } = first;
    const common = { pods: group.length, pod: first.pod.metadata?.name ?? "", namespace: view.namespace };
    return toFinding(subject, trouble, common);
  });
}

function toFinding(
  subject: Subject,
  { id, container, reason, message, forSeconds }: Trouble,
  common: { pods: number; pod: string; namespace: string },
): Finding {
  switch (id) {
    case "pods-crash-looping":
      return finding(id, subject, { ...common, container, ended: message });
    case "pods-cannot-be-created":
      return finding(id, subject, { ...common, container, reason, message });
    case "pods-unschedulable":
      return finding(id, subject, { ...common, message });
    case "pods-not-ready":
      return finding(id, subject, { ...common, forSeconds, why: message });
  }
}

const IDS = {
  "crash-loop": "pods-crash-looping",
  "cannot-be-created": "pods-cannot-be-created",
  unschedulable: "pods-unschedulable",
} as const;

function troubleOf(pod: V1Pod, view: View): Trouble | undefined {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return undefined;
  const trouble = podTroubleOf(pod);
  // What is missing then is the image, which is a finding of its own.
  if (trouble?.kind === "image") return undefined;
  if (trouble !== null) {
    const { kind, container, reason, message } = trouble;
    return { id: IDS[kind], container: container ?? "", reason, message, forSeconds: 0 };
  }
  const sinceMs = (ready?.lastTransitionTime ?? pod.metadata?.creationTimestamp)?.getTime() ?? view.nowMs;
  const forSeconds = Math.round((view.nowMs - sinceMs) / 1_000);
  if (forSeconds < START_SECONDS) return undefined;
  const event = lastWarning(orElse(view.events, []), "Pod", pod.metadata?.name ?? "")?.message;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.find(({ state }) => state?.waiting?.reason !== undefined)?.state?.waiting?.reason;
  const message = event ?? ready?.message ?? waiting ?? "it does not say why";
  return { id: "pods-not-ready", container: "", reason: "", message, forSeconds };
}

/** Pods that the API server does not let the controller make: a quota, a policy. A Deployment has a condition for it, a StatefulSet events only. */
function refused(workload: Workload, view: View): Finding[] {
  const kind = kindOf(workload);
  const condition = workload.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  const event =
    kind === "StatefulSet" ? recentRefusal(lastOf(view, workload.metadata?.name ?? ""), view.nowMs) : undefined;
  const message = condition?.status === "True" ? (condition.message ?? condition.reason ?? "") : event;
  if (message === undefined) return [];
  return [finding("replicas-refused", subjectOf(kind, workload), { message, namespace: view.namespace })];
}

function lastOf(view: View, name: string): CoreV1Event | undefined {
  return lastWarning(orElse(view.events, []), "StatefulSet", name);
}

function recentRefusal(event: CoreV1Event | undefined, nowMs: number): string | undefined {
  const isRecent = event !== undefined && nowMs - seenMs(event) < REFUSED_SECONDS * 1_000;
  return isRecent && event.reason === "FailedCreate" ? event.message : undefined;
}
