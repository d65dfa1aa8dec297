import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { ContainerName } from "../../loadtest/engine/podActions.ts";
import { waitFor } from "../process/waitFor.ts";

/** Ends a container's first process by SIGKILL. `id` is the runtime's own, `node` the name of the node that it runs on. */
export type SendKill = (container: ContainerName & { id: string; node: string }) => Promise<void>;

interface ContainerState {
  running?: object;
  terminated?: { containerID?: string; exitCode: number; reason?: string };
}

interface ContainerStatus {
  name: string;
  containerID?: string;
  state?: ContainerState;
  lastState?: ContainerState;
}

/** The part of a pod that is read. */
export interface PodSeen {
  spec?: { nodeName?: string };
  status?: { containerStatuses?: ContainerStatus[]; initContainerStatuses?: ContainerStatus[] };
}

/** What a shell gives for a process that SIGKILL ended. */
const KILLED = 137;
const DEAD_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 250;

/**
 * Kills a container and waits until the cluster says that it is dead. The pod stays, and its kubelet starts the container anew.
 * @throws when it does not run, does not die in a minute, or ended otherwise than by SIGKILL.
 */
export async function killContainer(
  read: (namespace: string, pod: string) => Promise<PodSeen>,
  name: ContainerName,
  send: SendKill,
): Promise<void> {
  const what = `container ${name.container} of pod ${name.pod} in ${name.namespace}`;
  const pod = await read(name.namespace, name.pod);
  const before = statusOf(pod, name.container);
  const id = idOf(before?.containerID);
  const node = pod.spec?.nodeName;
  if (before?.state?.running === undefined || id === undefined || node === undefined) {
    throw new Error(`${what} does not run, and cannot be killed`);
  }
  await send({ ...name, id, node });
  await waitFor(
    async () => {
      const status = statusOf(await read(name.namespace, name.pod), name.container);
      const ended = [status?.state?.terminated, status?.lastState?.terminated].find(
        (state) => idOf(state?.containerID) === id,
      );
      if (ended === undefined || ended.exitCode === KILLED) return ended;
      throw new Error(
        `${what} was to end by SIGKILL (${KILLED}) and ended with ${ended.exitCode}: ${ended.reason ?? ""}`,
      );
    },
    {
      timeoutMs: DEAD_WITHIN_MS,
      everyMs: ASK_EVERY_MS,
      overdue: () => new Error(`${what} was killed and runs on after ${DEAD_WITHIN_MS / 1000} s`),
    },
  );
}

/** Reads a pod of this cluster. */
export function podReader(kubeConfig: KubeConfig): (namespace: string, pod: string) => Promise<PodSeen> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return (namespace, name) => core.readNamespacedPod({ namespace, name });
}

function statusOf(pod: PodSeen, container: string): ContainerStatus | undefined {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
}

/** `containerd://<id>` without what stands before the id. */
function idOf(containerId: string | undefined): string | undefined {
  return containerId === undefined || containerId === "" ? undefined : containerId.replace(/^[^:]+:\/\//, "");
}
