import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Path, Problem } from "./checks/problem.ts";
import { keyText, startOf } from "./nodes.ts";
import { type SyntaxProblem, syntaxProblems } from "./syntax.ts";

/** Both from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A YAML file as data, with the way back to its lines. */
export interface YamlFile {
  /** What it holds; undefined where it could not be read as data. */
  value: unknown;
  syntax: (SyntaxProblem & { position: Position })[];
  positionOf: (place: Pick<Problem, "path" | "at">) => Position;
}

export function parseYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = syntaxProblems(document, text);
  const isData = syntax.every(({ isContained }) => isContained);
  const value = isData ? toData(document, syntax) : undefined;
  return {
    value,
    syntax: syntax.map((problem) => ({ ...problem, position: at(problem.offset) })),
    positionOf: ({ path, at: part }) => at(offsetOf(document, path, part)),
  };
}

function toData(document: Document, syntax: SyntaxProblem[]): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // The one thing that is thrown then: https://eemeli.org/yaml/#errors
    if (!(error instanceof ReferenceError)) throw error;
    const message = "the aliases (*name) of this file stand for too much";
    const fix = "write out what they stand for";
    syntax.push({ isContained: false, path: [], offset: 0, message, fix });
    return undefined;
  }
}

/** Where the last part of the path stands that is there. */
function offsetOf(document: Document, path: Path, part: Problem["at"]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === String(key));
      if (pair === undefined) return offset;
      const isLast = index === path.length - 1;
      const value = isLast && part === "value" && !isEmpty(pair.value) ? startOf(pair.value) : undefined;
      offset = value ?? startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** A key without a value; the value's own place is behind the line's end. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? "") === "");
}
