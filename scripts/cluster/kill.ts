import { setTimeout as sleep } from "node:timers/promises";
import { Writable } from "node:stream";
import { CoreV1Api, Exec, type KubeConfig } from "@kubernetes/client-node";

/** A container of a pod. */
export interface ContainerName {
  namespace: string;
  pod: string;
  container: string;
}

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

/** A pod, as far as it is looked at. */
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
  const deadlineMs = Date.now() + DEAD_WITHIN_MS;
  for (;;) {
    const status = statusOf(await read(name.namespace, name.pod), name.container);
    const ended = [status?.state?.terminated, status?.lastState?.terminated].find(
      (state) => idOf(state?.containerID) === id,
    );
    if (ended?.exitCode === KILLED) return;
    if (ended !== undefined) {
      throw new Error(
        `${what} was to end by SIGKILL (${KILLED}) and ended with ${ended.exitCode}: ${ended.reason ?? ""}`,
      );
    }
    if (Date.now() > deadlineMs) throw new Error(`${what} was killed and runs on after ${DEAD_WITHIN_MS / 1000} s`);
    await sleep(ASK_EVERY_MS);
  }
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

/*
 * From within a container its first process cannot be killed by a signal: the kernel keeps them from the init of a PID namespace. What does end it by SIGKILL is the kernel itself, when the
 * container's memory is used up. On cgroups v2 kubelets let that end the whole container; on v1 it ends the process with the most memory, so the first is
 * marked as the one to go and the rest is used up in small pieces, by helpers that each hold less than it.
 */
const HELPER = "const kept = Buffer.alloc(8 << 20, 1); console.log(); setInterval(() => kept, 1e6);";
const USE_UP_MEMORY = `
  require("fs").writeFileSync("/proc/1/oom_score_adj", "1000");
  const more = () =>
    require("child_process")
      .spawn("/proc/1/exe", ["-e", ${JSON.stringify(HELPER)}], { stdio: ["ignore", "pipe", "inherit"], env: {} })
      .stdout.once("data", more);
  more();
`;
const USED_UP_WITHIN_MS = 30_000;

/**
 * Without access to the node, on any cluster: uses the container's memory up, until the kernel ends its first process by SIGKILL. It takes a few seconds in which the container is short of memory
 * and CPU. Needs `create` on `pods/exec`, a memory limit, and Node as the container's first process.
 */
export function killByMemory(kubeConfig: KubeConfig): SendKill {
  return async ({ namespace, pod, container }) => {
    const found = await kubeConfig.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name: pod });
    const limit = found.spec?.containers.find(({ name }) => name === container)?.resources?.limits?.memory;
    if (limit === undefined) {
      throw new Error(
        `container ${container} of pod ${pod} in ${namespace} has no memory limit: without access to its node it cannot be killed`,
      );
    }
    let said = "";
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        said = (said + chunk.toString()).slice(-2000);
        done();
      },
    });
    await new Promise<void>((resolve, reject) => {
      const overdue = setTimeout(() => {
        reject(
          new Error(
            `the memory of container ${container} of pod ${pod} was not used up in ${USED_UP_WITHIN_MS / 1000} s`,
          ),
        );
      }, USED_UP_WITHIN_MS);
      const end = (error?: Error): void => {
        clearTimeout(overdue);
        if (error === undefined) resolve();
        else reject(error);
      };
      new Exec(kubeConfig)
        .exec(namespace, pod, container, ["/proc/1/exe", "-e", USE_UP_MEMORY], null, output, null, false, (status) => {
          // It dies with its container; that it ended by itself is what would be wrong.
          const exitCode = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
          if (status.status === "Success" || exitCode === "1") {
            end(new Error(`the memory of container ${container} of pod ${pod} cannot be used up: ${said.trim()}`));
          } else end();
        })
        .then((socket: { onclose: unknown }) => {
          // A connection that breaks says the same: the container is gone. Whether it is, the caller looks.
          socket.onclose = () => {
            end();
          };
        })
        .catch((error: unknown) => {
          end(new Error(`a command cannot be run in pod ${pod}: it needs create on pods/exec`, { cause: error }));
        });
    });
  };
}
