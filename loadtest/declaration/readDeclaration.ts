import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import { fileProblems } from "./checks/files.ts";
import { duplicates, unknownNames } from "./checks/names.ts";
import { type Problem, renderPath } from "./checks/problem.ts";
import { mustNotRiseProblems, scenarioProblems } from "./checks/scenarios.ts";
import { secretsInFile } from "./checks/secrets.ts";
import { shapeProblems } from "./checks/shape.ts";
import { unreadable } from "./checks/unreadable.ts";
import { complete } from "./complete.ts";
import type { Declaration, FilledIn } from "./declaration.ts";
import { parseYaml, type Position } from "./document.ts";
import { autoscalingFile } from "./schema/autoscalingFile.ts";

/** Something that is wrong with a file. */
export interface DeclarationError {
  /** As the caller named it. */
  file: string;
  /** Null where the file could not be read. */
  position: Position | null;
  /** As in `scenarios[0].load`; empty for the file as a whole. */
  path: string;
  /** What is wrong. */
  message: string;
  /** What would be right. */
  fix: string;
}

export type ReadDeclaration =
  | { kind: "declared"; declaration: Declaration; defaults: readonly FilledIn[] }
  /** At least one, in the order of their lines. */
  | { kind: "wrong"; errors: readonly DeclarationError[] };

/** Reads a declaration. Rejects with nothing: what is wrong is data. */
export async function readDeclaration(file: string): Promise<ReadDeclaration> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`;
    const fix = "write the path of an autoscaling.yaml; `ownsignal init` writes one";
    return { kind: "wrong", errors: [{ file, position: null, path: "", message, fix }] };
  }
  return parseDeclaration(text, file);
}

/** @param file by which errors name the text, and in whose folder its scripts and manifests are. */
export async function parseDeclaration(text: string, file: string): Promise<ReadDeclaration> {
  const absolute = resolve(file);
  const folder = dirname(absolute);
  const { value, syntax, positionOf } = parseYaml(text);
  const wrong = (problems: readonly Problem[]): ReadDeclaration => {
    const found = [
      ...syntax.map((problem) => ({ ...problem, path: renderPath(problem.path) })),
      ...problems.map((problem) => ({
        position: positionOf(problem),
        path: renderPath(problem.path),
        message: problem.message,
        fix: problem.fix,
      })),
    ];
    const errors = found
      .map(({ position, path, message, fix }) => ({ file, position, path, message, fix }))
      .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
    return { kind: "wrong", errors };
  };

  // What a broken file seems to hold says nothing about what it should. A field that stands twice breaks nothing else.
  if (syntax.some(({ isContained }) => !isContained)) return wrong([]);
  const other = unreadable(value);
  if (other !== undefined) return wrong([other]);
  const problems = [
    ...shapeProblems(autoscalingFile, value),
    ...unknownNames(value),
    ...duplicates(value),
    ...secretsInFile(value),
    ...scenarioProblems(value),
    ...mustNotRiseProblems(value),
    ...(await fileProblems(value, folder)),
  ];
  const content = autoscalingFile.safeParse(value).data;
  if (syntax.length + problems.length > 0 || content === undefined) return wrong(problems);
  return { kind: "declared", ...complete(content, absolute, folder) };
}
