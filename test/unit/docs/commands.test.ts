import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../../scripts/process/paths.ts";
import { pages } from "./support/markdown.ts";
import { examplesOf, firstDifference } from "./support/shown.ts";

const run = promisify(execFile);

let bin = "";
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "docs-"));
  // A clone has no installed `ownsignal`; this one runs the same code.
  await writeFile(join(bin, "ownsignal"), `#!/bin/sh\nexec ${ROOT}/scripts/ownsignal "$@"\n`, { mode: 0o755 });
});
afterAll(() => rm(bin, { recursive: true }));

const outputs = new Map<string, Promise<string>>();

/** What a command prints, on both streams. A page that names it twice runs it once. @throws where it does not end with 0. */
function outputOf(command: string): Promise<string> {
  const known = outputs.get(command);
  if (known !== undefined) return known;
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}`, NO_COLOR: "1" };
  const output = run("bash", ["-euc", `{ ${command}\n} 2>&1`], { cwd: ROOT, env }).then(({ stdout }) => stdout);
  outputs.set(command, output);
  return output;
}

const EXAMPLES = pages().flatMap(examplesOf);

test("pages have commands that are run here, with and without their output", () => {
  expect(EXAMPLES.some(({ output }) => output === undefined)).toBe(true);
  expect(EXAMPLES.some(({ output }) => output !== undefined)).toBe(true);
});

test.each(EXAMPLES)("$at: $command does what the page shows", async ({ command, output }) => {
  const printed = await outputOf(command);
  if (output !== undefined) expect(firstDifference(output, printed)).toBeUndefined();
});
