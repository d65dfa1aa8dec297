import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Manifest } from "../../../scripts/manifests/manifest.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Every overlay there is, as paths from the repository's root. */
export const OVERLAYS = foldersIn("kustomize/overlays");

/** Every component alone, and the combinations that make sense, as paths from the repository's root. */
export const COMBINATIONS = foldersIn("test/manifests/fixtures");

function foldersIn(parent: string): readonly string[] {
  return readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`);
}

/**
 * The objects that a kustomization stands for, rendered by the binary that `KUSTOMIZE` names, else by `kubectl` from PATH.
 * @param directory absolute, or from the repository's root.
 * @throws when there is no renderer, or it refuses, with what it said.
 */
export function render(directory: string): Manifest[] {
  const kustomize = process.env.KUSTOMIZE ?? "";
  const [program, verb] = kustomize === "" ? ["kubectl", "kustomize"] : [kustomize, "build"];
  let rendered: string;
  try {
    rendered = execFileSync(program, [verb, directory], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new Error(
        `${directory} cannot be rendered: there is no ${program}; want kubectl on PATH, or KUSTOMIZE to name a kustomize binary`,
        { cause: error },
      );
    }
    throw error;
  }
  return parseAllDocuments(rendered).map((document) => document.toJS() as Manifest);
}
