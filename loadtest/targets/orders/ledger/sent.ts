import { readFile } from "node:fs/promises";

/** What k6 itself recorded of the orders that it sent, each id once and in lower case. */
export interface Sent {
  /** The acceptance reached k6. */
  accepted: string[];
  /** Sent, and never answered with an acceptance, by this try or a later one with the same id. */
  unconfirmed: string[];
}

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const LINE = new RegExp(`^(?:(unconfirmed) )?(${UUID})$`);

/**
 * The orders among the lines that a load logged. Of a file that is not there: none, since k6 makes it when it starts.
 * @throws when the file is there and cannot be read.
 */
export async function readSent(outputFile: string): Promise<Sent> {
  const text = await readFile(outputFile, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new Error(`k6's record of what it sent, ${outputFile}, cannot be read`, { cause: error });
  });
  return parseSent(text);
}

/** Lines `<confirmation id>` and `unconfirmed <confirmation id>`; all others are the script's own talk. */
export function parseSent(text: string): Sent {
  const accepted = new Set<string>();
  const doubtful = new Set<string>();
  for (const line of text.split("\n")) {
    const [, unconfirmed, id] = LINE.exec(line.trim().toLowerCase()) ?? [];
    if (id === undefined) continue;
    (unconfirmed === undefined ? accepted : doubtful).add(id);
  }
  return { accepted: [...accepted], unconfirmed: [...doubtful].filter((id) => !accepted.has(id)) };
}
