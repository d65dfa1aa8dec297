import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { createUndoJournal, type UndoJournal } from "../../loadtest/engine/undoJournal.ts";
import { API_SERVER, RUN, STATE } from "../cluster/embedded/layout.ts";

/** Of the embedded cluster, which `down` removes with it. */
const EMBEDDED = join(STATE, "journal");

/** Where it is written down what proofs have changed in this cluster and not yet reverted: with the embedded cluster, else for the person, by its API server. */
export function journalOf(kubeConfig: Pick<KubeConfig, "getCurrentCluster">): UndoJournal {
  const server = kubeConfig.getCurrentCluster()?.server ?? "";
  if (server === API_SERVER && existsSync(RUN)) return createUndoJournal(EMBEDDED);
  const states = process.env.XDG_STATE_HOME ?? join(homedir(), ".local/state");
  const name = createHash("sha256").update(server).digest("hex").slice(0, 16);
  return createUndoJournal(join(states, "ownsignal/journal", name));
}
