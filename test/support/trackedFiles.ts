import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface TrackedFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly lines: readonly string[];
}

/** The text files that Git tracks, as they are on disk. A file that is deleted but still tracked is left out. */
export function trackedFiles(...patterns: readonly string[]): TrackedFile[] {
  const deleted = new Set(list("--deleted", patterns));
  return list("--cached", patterns).flatMap((path) => {
    if (deleted.has(path)) return [];
    const text = readFileSync(join(ROOT, path), "utf8");
    // A NUL is the mark of a binary file, as it is to Git.
    return text.includes("\0") ? [] : [{ path, lines: text.replace(/\n$/, "").split("\n") }];
  });
}

function list(which: "--cached" | "--deleted", patterns: readonly string[]): string[] {
  const output = execFileSync("git", ["ls-files", "-z", which, "--", ...patterns], { cwd: ROOT, encoding: "utf8" });
  return output.split("\0").filter((path) => path !== "");
}
