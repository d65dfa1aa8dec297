import type { KubeConfig } from "@kubernetes/client-node";
import { revertLeftField } from "../../loadtest/engine/liveField.ts";
import type { LeftChange, UndoJournal } from "../../loadtest/engine/undoJournal.ts";
import type { NodeFaults } from "../../loadtest/model/nodeFault.ts";
import { requestErrorMessage } from "../../loadtest/observe/rejection.ts";
import { busKeyFaults } from "../../loadtest/targets/orders/serviceBus/busKeys.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say } from "../process/progress.ts";

/** What it takes to revert what an ended proof left. */
export interface LeftSystem {
  journal: UndoJournal;
  kubeConfig: KubeConfig;
  /** Undefined where the cluster's node is not this machine. */
  node: NodeFaults | undefined;
}

/**
 * Reverts what proofs that were killed left changed in the cluster, and says so, each in a line.
 * @throws {CliError} where something cannot be reverted: what is run then would be about another system.
 */
export async function restoreLeft({ journal, kubeConfig, node }: LeftSystem): Promise<void> {
  for (const change of await journal.left()) {
    let isReverted: boolean;
    try {
      isReverted = await revert(change, kubeConfig, node);
    } catch (error) {
      throw new CliError(
        `a proof that ended at once left ${change.what} changed at ${change.recordedAt}, which cannot be reverted: ${requestErrorMessage(error)}`,
        `revert it by hand: ${change.revertCommand}`,
        { cause: error },
      );
    }
    await change.forget();
    say(
      isReverted
        ? `==> restored what a killed proof left changed at ${change.recordedAt}: ${change.what}`
        : `==> a killed proof left ${change.what} changed at ${change.recordedAt}; it has been changed since, and stays as it is`,
    );
  }
}

async function revert(
  { reversal }: LeftChange,
  kubeConfig: KubeConfig,
  node: NodeFaults | undefined,
): Promise<boolean> {
  if (reversal.kind === "patch") return revertLeftField(kubeConfig, reversal);
  if (reversal.kind === "target") {
    await busKeyFaults(kubeConfig, DEV_NAMESPACE).revert(reversal.name);
    return true;
  }
  if (node === undefined) throw new Error("it needs root on the cluster's node");
  await node.revert(reversal.fault);
  return true;
}
