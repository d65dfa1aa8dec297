import { Writable } from "node:stream";
import { CoreV1Api, Exec, type KubeConfig } from "@kubernetes/client-node";
import type { SendKill } from "./killContainer.ts";

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
    let printed = "";
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        printed = (printed + chunk.toString()).slice(-2000);
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
            end(new Error(`the memory of container ${container} of pod ${pod} cannot be used up: ${printed.trim()}`));
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
