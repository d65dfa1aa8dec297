import type { Declaration } from "../../loadtest/declaration/declaration.ts";
import { readDeclaration } from "../../loadtest/declaration/readDeclaration.ts";
import { renderErrors } from "../../loadtest/declaration/render.ts";
import { CliError } from "../process/cliError.ts";
import type { ScaledWorkload } from "./scaledWorkload.ts";

/** @throws {CliError} for a file that is wrong. */
export async function readAutoscalingFile(file: string): Promise<Declaration> {
  const read = await readDeclaration(file);
  if (read.kind === "declared") return read.declaration;
  throw new CliError(`${file} is wrong:\n${renderErrors(read.errors).trimEnd()}`, "correct it");
}

/** Those that a file names, by the file's names: an object may have the name that the file gives to another. */
export function namedIn(declaration: Declaration, all: readonly ScaledWorkload[]): ScaledWorkload[] {
  const isNamed = ({ kind, object }: ScaledWorkload): boolean =>
    declaration.workloads.some((one) => one.kind === kind && one.object === object);
  return namedBy(declaration, all.filter(isNamed));
}

/** By the names that a file gives them. */
export function namedBy({ workloads }: Declaration, all: readonly ScaledWorkload[]): ScaledWorkload[] {
  return all.map((workload) => {
    const declared = workloads.find(({ kind, object }) => kind === workload.kind && object === workload.object);
    return declared === undefined ? workload : { ...workload, name: declared.name };
  });
}
