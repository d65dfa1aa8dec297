import type { NodeFault, NodeFaults } from "../model/nodeFault.ts";
import { nodeFaultText } from "../report/texts/faultTexts.ts";
import { journaledChange, type LiveChange } from "./liveField.ts";
import type { UndoJournal } from "./undoJournal.ts";

/** What reverts a fault on the node by hand: it finds it in the journal. */
const REVERT_COMMAND = "./scripts/up";

/** Injects a fault that needs root on the cluster's node. @throws where this target has no access to it. */
export async function injectOnNode(
  node: NodeFaults | undefined,
  fault: NodeFault,
  journal: UndoJournal,
): Promise<LiveChange> {
  if (node === undefined) throw new Error(NEEDS_NODE);
  return journaledChange(journal, {
    what: nodeFaultText(fault),
    revertCommand: REVERT_COMMAND,
    reversal: { kind: "node", fault },
    make: () => node.inject(fault),
    revert: () => node.revert(fault),
  });
}

export const NEEDS_NODE =
  "it needs root on the node of the cluster, and only the embedded cluster's node is this machine";
