import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../../src/shared/messageOf.ts";
import type { Command, DeclaredLedger } from "../../declaration/declaration.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { Reading } from "../../model/reading.ts";

/** Ids that are kept as examples of each kind. */
const SHOWN_IDS = 20;
const COMMAND_TIMEOUT_MS = 60_000;
/** Some million ids. */
const LONGEST_OUTPUT_BYTES = 256 * 2 ** 20;

/** What became of every accepted id, by the two commands; a gap where one of them fails. */
export async function readDeclaredLedger(
  { accepted, finished }: DeclaredLedger,
  at: { folder: string; environment: Record<string, string>; signal: AbortSignal },
): Promise<Reading<Ledger>> {
  try {
    return { kind: "value", value: ledgerOf(await idsOf(accepted, at), await idsOf(finished, at)) };
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  }
}

/** @param finished an id as often as it was finished. */
export function ledgerOf(accepted: readonly string[], finished: readonly string[]): Ledger {
  const times = new Map<string, number>();
  for (const id of finished) times.set(id, (times.get(id) ?? 0) + 1);
  const ids = [...new Set(accepted)];
  const once = ids.filter((id) => times.get(id) === 1);
  const again = ids.filter((id) => (times.get(id) ?? 0) > 1);
  const lost = ids.filter((id) => !times.has(id));
  return {
    accepted: ids.length,
    processedOnce: once.length,
    processedAgain: again.length,
    waiting: 0,
    deadLettered: { total: 0, byReason: {} },
    lost: lost.length,
    deadLetteredAfterCommit: 0,
    unconfirmed: { total: 0, processed: 0, waiting: 0, deadLettered: 0, nowhere: 0 },
    duplicatesAbsorbed: again.reduce((sum, id) => sum + (times.get(id) ?? 1) - 1, 0),
    examples: {
      lost: lost.slice(0, SHOWN_IDS),
      waiting: [],
      deadLettered: [],
      processedAgain: again.slice(0, SHOWN_IDS),
    },
  };
}

async function idsOf(
  [program, ...args]: Command,
  { folder, environment, signal }: { folder: string; environment: Record<string, string>; signal: AbortSignal },
): Promise<string[]> {
  const { stdout } = await promisify(execFile)(program, args, {
    ...{ cwd: folder, signal, timeout: COMMAND_TIMEOUT_MS, maxBuffer: LONGEST_OUTPUT_BYTES },
    env: { ...process.env, ...environment },
  });
  return stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
