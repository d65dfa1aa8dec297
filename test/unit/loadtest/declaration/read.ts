import { join } from "node:path";
import type { Declaration, FilledIn } from "../../../../loadtest/declaration/declaration.ts";
import { type DeclarationError, parseDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";

/** Where the scripts and manifests are that the tests' files name. */
export const FILES = join(import.meta.dirname, "files");

const FILE = join(FILES, "file-under-test.yaml");

/** @throws where the text is no right declaration. */
export async function declared(text: string): Promise<{ declaration: Declaration; defaults: readonly FilledIn[] }> {
  const read = await parseDeclaration(text, FILE);
  if (read.kind === "wrong") throw new Error(read.errors.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return read;
}

/** What is wrong with a text; nothing where it is right. */
export async function errorsOf(text: string): Promise<readonly DeclarationError[]> {
  const read = await parseDeclaration(text, FILE);
  return read.kind === "wrong" ? read.errors : [];
}
