import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { nodeFault } from "../model/nodeFault.ts";
import { LIVE_KINDS } from "../model/scenario.ts";
import { isAlive, ownIdentity } from "./processIdentity.ts";

const jsonPatch = z.object({
  op: z.enum(["add", "replace", "remove", "test"]),
  path: z.string(),
  value: z.unknown().optional(),
});
export type JsonPatch = z.infer<typeof jsonPatch>;

const reversal = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("patch"),
    object: z.object({ kind: z.enum(LIVE_KINDS), name: z.string(), namespace: z.string() }),
    /** Reverts the field where it still is what the proof has set; the API server rejects it where somebody has changed it since. */
    patches: z.array(jsonPatch),
  }),
  z.object({ kind: z.literal("node"), fault: nodeFault }),
  z.object({ kind: z.literal("target"), name: z.string() }),
]);
/** What reverts a change, as data: whoever finds it can do it. */
export type Reversal = z.infer<typeof reversal>;

const entry = z.object({
  /** What was changed, for people. */
  what: z.string(),
  /** What reverts it by hand. */
  revertCommand: z.string(),
  reversal,
  recordedAt: z.iso.datetime(),
  process: z.object({ pid: z.int(), bootId: z.string().nullable(), startTicks: z.string().nullable() }),
});
export type JournalEntry = z.infer<typeof entry>;

/** A change that a process made, ended, and did not revert. */
export interface LeftChange extends JournalEntry {
  /** Takes it out of the journal. */
  forget(): Promise<void>;
}

/**
 * What a proof has changed in a cluster and not yet reverted, on disk: each change is written down before it is made. So whatever ends the proof, the
 * next command finds what it left. One folder a cluster.
 */
export interface UndoJournal {
  /** @returns what takes it out again, once it is reverted or was not made. */
  record(change: Pick<JournalEntry, "what" | "revertCommand" | "reversal">): Promise<() => Promise<void>>;
  /** What processes that have ended left, the newest first, which is the order to revert it in. @throws where an entry cannot be read. */
  left(): Promise<LeftChange[]>;
}

export function createUndoJournal(folder: string): UndoJournal {
  return {
    record: async (change) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const content: JournalEntry = { ...change, recordedAt: new Date().toISOString(), process: await ownIdentity() };
      const name = `${content.recordedAt.replaceAll(":", "-")}-${randomUUID()}.json`;
      const path = join(folder, name);
      await writeDurably(path, JSON.stringify(content));
      return () => rm(path, { force: true });
    },
    left: async () => {
      const names = (await readdir(folder).catch(noFolder)).filter((name) => name.endsWith(".json"));
      const left: LeftChange[] = [];
      for (const name of names.sort().reverse()) {
        const path = join(folder, name);
        const content = parseEntry(path, await readFile(path, "utf8"));
        if (!(await isAlive(content.process))) left.push({ ...content, forget: () => rm(path, { force: true }) });
      }
      return left;
    },
  };
}

function noFolder(error: unknown): string[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}

function parseEntry(path: string, text: string): JournalEntry {
  try {
    return entry.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `${path} is to say what a proof left changed, and cannot be read; revert it by hand and delete it`,
      {
        cause: error,
      },
    );
  }
}

/** Either all of it is there after a crash, or nothing. */
async function writeDurably(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`;
  const file = await open(unfinished, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}
