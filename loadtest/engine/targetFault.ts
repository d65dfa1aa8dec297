import type { TargetFault, TargetFaults } from "../model/targetFault.ts";
import { journaledChange, type LiveChange } from "./liveField.ts";
import type { UndoJournal } from "./undoJournal.ts";

/** What reverts it by hand: it finds it in the journal. */
const REVERT_COMMAND = "./scripts/up";

/** Injects a fault that only the target knows. @throws where it has none of this name. */
export async function injectOnTarget(
  faults: TargetFaults | undefined,
  { name, what }: TargetFault,
  journal: UndoJournal,
): Promise<LiveChange> {
  if (faults === undefined) throw new Error(`this target has no fault ${name}`);
  return journaledChange(journal, {
    what,
    revertCommand: REVERT_COMMAND,
    reversal: { kind: "target", name },
    make: () => faults.inject(name),
    revert: () => faults.revert(name),
  });
}
