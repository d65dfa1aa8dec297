import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { say } from "../scripts/process/progress.ts";
import { writeFormatted } from "../scripts/process/writeFormatted.ts";

const PAGE = join(import.meta.dirname, "../docs/reference/benchmarks.md");

/** How often each figure is taken. */
export const REPETITIONS = 5;

/** Replaces one section of the page with the figures. */
export async function writeSection(name: "services" | "cluster" | "emulator", text: string): Promise<void> {
  await writeFormatted(PAGE, withSection(await readFile(PAGE, "utf8"), name, text));
  say(`\nwritten to ${PAGE}`);
}

/** The page with this text between the section's two comments. @throws when it has no such section. */
export function withSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin, written by the benchmark -->`, `<!-- ${name}: end -->`];
  const [head, rest] = page.split(begin);
  const [, tail] = rest?.split(end) ?? [];
  if (head === undefined || tail === undefined) throw new Error(`the page has no lines ${begin} and ${end}`);
  return `${head}${begin}\n\n${text.trim()}\n\n${end}${tail}`;
}

/** The emulator's section of the page. */
export function emulatorSection(
  text: string,
  run: { machine: string; loadBefore: string; pinned: boolean; repetitions: number },
): string {
  const date = new Date().toISOString().slice(0, 10);
  return `Written by the last run of

\`\`\`sh
npm run bench:emulator
\`\`\`

on ${date}: ${run.machine}. Load average at the start: ${run.loadBefore}.

${text}

${run.pinned ? "Emulator and client share **one core** (\`taskset\`)" : "Emulator and client were **not** pinned to one core (no \`taskset\` on this machine)"}. Messages have a body of
300 bytes. Every message is on the disk before it is acknowledged (SQLite, WAL, \`synchronous=FULL\`). REST and the queue-length query use TLS and a SAS token on
each request; AMQP uses a SAS token put at \`$cbs\`, without TLS, as the SDK's development mode does. The median and the spread are of ${run.repetitions} repetitions,
each with a fresh process and, but for the rows with many messages, a fresh file; a figure without a spread was taken once. The emulator is the bundled file of the image, with the image's settings of Node and of its allocator.

The **bare server** is a server on the same libraries that stores nothing and checks nothing: rhea accepting what comes and sending a made message for each credit,
and an HTTPS server that reads and answers. It ran in turn with the emulator, so the ratio says what the emulator itself costs on whatever machine this is.
**aim** and **enough** say whether the median reaches the column of that name (enough: at least), **short** that it does not.
`;
}
