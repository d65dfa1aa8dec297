import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { PodTrouble } from "../model/pods.ts";

/** Reasons that the kubelet gives when it cannot make the container; what it lacks for it is in the message. */
const CANNOT_BE_CREATED = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "InvalidSpec",
]);
const CRASHES = "CrashLoopBackOff";

/** Why a pod does not start, as it says itself; null where it says nothing, or only that it is on its way. */
export function podTroubleOf({ status }: Pick<V1Pod, "status">): PodTrouble | null {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of containers) {
    const waiting = container.state?.waiting;
    const reason = waiting?.reason;
    const message = waiting?.message ?? "";
    if (reason === CRASHES) return { kind: "crash-loop", container: container.name, reason, message: endOf(container) };
    if (reason?.includes("Image") === true) return { kind: "image", container: container.name, reason, message };
    if (reason !== undefined && CANNOT_BE_CREATED.has(reason))
      return { kind: "cannot-be-created", container: container.name, reason, message };
  }
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False") return null;
  const { reason = "", message = reason } = scheduled;
  return { kind: "unschedulable", container: null, reason, message };
}

/** `exit code 1, Error`, or `exit code 137, OOMKilled`. */
function endOf({ lastState, state }: V1ContainerStatus): string {
  const ended = lastState?.terminated ?? state?.terminated;
  if (ended === undefined) return "it does not say how it ended";
  const { exitCode, reason, message } = ended;
  return [`exit code ${exitCode}`, reason, message].filter((part) => part !== undefined && part !== "").join(", ");
}
