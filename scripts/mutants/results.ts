import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { CliError } from "../process/cliError.ts";
import { digestOf } from "../process/digest.ts";
import { ROOT } from "../process/paths.ts";

/** What a mutant's outcome depends on: the system, its manifests, the mutants, the proof, the doctor. */
const INPUTS = ["src", "kustomize", "test/mutants", "loadtest", "scripts"];

/** As much of an outcome as is read back. */
const recorded = z.array(
  z.looseObject({ name: z.string(), detected: z.boolean().optional(), stuck: z.boolean(), seconds: z.number() }),
);
export type Recorded = z.infer<typeof recorded>[number];

/** The folder of the results of this version of everything: another version's say nothing of this one. */
export async function resultsFolder(): Promise<string> {
  return join(ROOT, "out/mutants", await digestOf(...INPUTS.map((folder) => join(ROOT, folder))));
}

/**
 * The outcomes of an earlier call that need not be found again: those that were decided.
 * @throws {CliError} where the file is none of this version.
 */
export async function readDecided(path: string): Promise<Recorded[]> {
  if (!existsSync(path)) return [];
  try {
    const all = recorded.parse(JSON.parse(await readFile(path, "utf8")));
    return all.filter(({ detected, stuck }) => detected !== undefined && !stuck);
  } catch (error) {
    throw new CliError(`${path} cannot be read as results`, "delete it, or run with --again", { cause: error });
  }
}
