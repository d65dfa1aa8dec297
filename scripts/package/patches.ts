import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CliError } from "../process/cliError.ts";
import { ROOT } from "../process/paths.ts";

/** A change of this project to a package of others. */
export interface Patch {
  /** The package as npm names it, for example rhea. */
  packageName: string;
  /** The change, as `git diff` has it. */
  diff: string;
}

/** What `patches/` changes. */
export function readPatches(): Patch[] {
  return globSync("patches/*.patch", { cwd: ROOT }).map((file) => ({
    // patch-package writes @scope+name+version.patch.
    packageName: basename(file)
      .replace(/\+[^+]+$/, "")
      .replaceAll("+", "/"),
    diff: readFileSync(join(ROOT, file), "utf8"),
  }));
}

/** @throws {CliError} when a package is installed without its patch, which `npm ci` applies. */
export function assertPatched(): void {
  for (const { packageName, diff } of readPatches()) {
    for (const file of diff.split(/^diff --git /m).slice(1)) {
      const path = /^\+\+\+ b\/(.+)$/m.exec(file)?.[1];
      if (path === undefined) throw new Error(`patches/ has a patch of ${packageName} that names no file`);
      const installed = new Set(linesOf(readFileSync(join(ROOT, path), "utf8")));
      const added = linesOf(file.slice(file.indexOf("\n@@"))).filter((line) => line.startsWith("+"));
      const missing = added.find((line) => !installed.has(line.slice(1).trim()));
      if (missing !== undefined) {
        throw new CliError(`${path} is not patched: it has no line "${missing.slice(1).trim()}"`, "run npm ci");
      }
    }
  }
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim());
}
