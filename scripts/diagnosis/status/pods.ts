import type { CoreV1Event, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { finding, type Finding, type Subject } from "../finding.ts";
import { podsOf } from "../rules/facts.ts";
import { kindOf, liveObjects, orElse, subjectOf, type View, type Workload } from "../view.ts";
import { lastWarning, seenMs } from "./events.ts";

/** For so long a pod may be unready without a word: an image pull, a volume, a slow start. */
const START_SECONDS = 120;
/** A refusal that no event has repeated for so long is over: the controller's back-off is 16 min at the most, but a Deployment's condition tells then. */
const REFUSED_SECONDS = 300;
/** Reasons that the kubelet gives when it cannot make the container; what it lacks for it is in the message. */
const CANNOT_BE_CREATED = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "InvalidSpec",
]);

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

function troubleOf(pod: V1Pod, view: View): Trouble | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const reason = status.state?.waiting?.reason;
    const message = status.state?.waiting?.message ?? "";
    if (reason === "CrashLoopBackOff") return trouble("pods-crash-looping", status.name, reason, endOf(status));
    if (reason !== undefined && CANNOT_BE_CREATED.has(reason))
      return trouble("pods-cannot-be-created", status.name, reason, message);
    // What is missing is the image, which is a finding of its own.
    if (reason?.includes("Image") === true) return undefined;
  }
  const condition = (type: string) => pod.status?.conditions?.find((one) => one.type === type);
  const scheduled = condition("PodScheduled");
  if (scheduled?.status === "False")
    return trouble("pods-unschedulable", "", scheduled.reason ?? "", scheduled.message ?? scheduled.reason ?? "");
  const ready = condition("Ready");
  const sinceMs = (ready?.lastTransitionTime ?? pod.metadata?.creationTimestamp)?.getTime() ?? view.nowMs;
  const forSeconds = Math.round((view.nowMs - sinceMs) / 1_000);
  if (ready?.status === "True" || forSeconds < START_SECONDS) return undefined;
  const event = lastWarning(orElse(view.events, []), "Pod", pod.metadata?.name ?? "")?.message;
  const waiting = statuses.find(({ state }) => state?.waiting?.reason !== undefined)?.state?.waiting?.reason;
  return {
    ...trouble("pods-not-ready", "", "", event ?? ready?.message ?? waiting ?? "it does not say why"),
    forSeconds,
  };
}

function trouble(id: Trouble["id"], container: string, reason: string, message: string): Trouble {
  return { id, container, reason, message, forSeconds: 0 };
}

/** `exit code 1, Error`, or `OOMKilled`. */
function endOf({ lastState, state }: V1ContainerStatus): string {
  const ended = lastState?.terminated ?? state?.terminated;
  if (ended === undefined) return "it does not say how it ended";
  const { exitCode, reason, message } = ended;
  return [`exit code ${exitCode}`, reason, message].filter((part) => part !== undefined && part !== "").join(", ");
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
