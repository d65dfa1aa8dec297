import type { Cluster } from "../cluster/provider.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";

export const READY_TIMEOUT_SECONDS = 300;

/**
 * Waits until a workload's newest revision is ready.
 * @throws {CliError} with the state of its pods.
 */
export async function rolledOut(cluster: Pick<Cluster, "kubectl">, namespace: string, workload: string): Promise<void> {
  try {
    await cluster.kubectl(["-n", namespace, "rollout", "status", workload, `--timeout=${READY_TIMEOUT_SECONDS}s`]);
  } catch (error) {
    const pods = await cluster.kubectl(["-n", namespace, "get", "pods", "-o", "wide"]).catch(messageOf);
    throw new CliError(
      `${namespace}/${workload} did not get ready within ${READY_TIMEOUT_SECONDS} s\n${pods}`,
      `look at \`kubectl -n ${namespace} describe ${workload}\` and its pods' logs, then run the same command again`,
      { cause: error },
    );
  }
}
