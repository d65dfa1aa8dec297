import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from "yaml";
import type { Path, Problem } from "./checks/problem.ts";

/** Both from 1. */
export interface Position {
  line: number;
  column: number;
}

interface SyntaxProblem {
  /** As the YAML library tells them apart. */
  code: ErrorCode;
  path: Path;
  position: Position;
  message: string;
  fix: string;
}

/** A YAML file as data, with the way back to its lines. */
export interface YamlFile {
  /** What it holds; undefined where it could not be read as data. */
  value: unknown;
  /** What makes it no YAML. */
  syntax: SyntaxProblem[];
  positionOf: (place: Pick<Problem, "path" | "at">) => Position;
}

export function parseYaml(text: string): YamlFile {
  const lines = new LineCounter();
  // Errors in the library's words would repeat parts of the file, which may be secrets.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    code: error.code,
    path: pathAt(document.contents, error.pos[0]),
    position: at(error.pos[0]),
    ...syntaxText(error, text),
  }));
  const { value, problem } = toData(document);
  if (problem !== undefined && syntax.length === 0) syntax.push(problem);
  return { value, syntax, positionOf: ({ path, at: part }) => at(offsetOf(document, path, part)) };
}

function toData(document: Document): { value: unknown; problem?: SyntaxProblem } {
  try {
    return { value: document.toJS() };
  } catch {
    // Only aliases make a parsed document no data: one within itself, or so many that they fill the memory.
    const message = "the aliases (*name) of this file refer to themselves or grow without bound";
    const problem: SyntaxProblem = {
      code: "BAD_ALIAS",
      path: [],
      position: { line: 1, column: 1 },
      message,
      fix: "write out what they stand for",
    };
    return { value: undefined, problem };
  }
}

/** Where the last part of the path stands that is there. */
function offsetOf(document: Document, path: Path, part: Problem["at"]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key));
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

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** The path of what stands at an offset. */
function pathAt(node: unknown, offset: number): Path {
  const items = isMap(node) || isSeq(node) ? node.items : [];
  // The last one that begins before it.
  for (const [index, item] of [...items.entries()].reverse()) {
    const start = startOf(isPair(item) ? item.key : item);
    if (start === undefined || start > offset) continue;
    if (!isPair(item)) return [index, ...pathAt(item, offset)];
    const key = String(isScalar(item.key) ? item.key.value : item.key);
    const value = startOf(item.value);
    return [key, ...(value !== undefined && value <= offset ? pathAt(item.value, offset) : [])];
  }
  return [];
}

const QUOTE = "put quotes around a text that holds any of : # { } [ ] , & * ! | > ' \" % @ `";

const SYNTAX: Partial<Record<ErrorCode, { message: string; fix: string }>> = {
  TAB_AS_INDENT: { message: "a tab in the indentation, which YAML does not allow", fix: "indent with spaces" },
  BAD_INDENT: {
    message: "the indentation does not fit the lines around it",
    fix: "align it with the fields beside it",
  },
  MISSING_CHAR: {
    message: "a closing quote or bracket, a comma or a colon is missing",
    fix: "add it here or before",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a field's name without a colon, or over several lines",
    fix: "write NAME: VALUE",
  },
  BLOCK_AS_IMPLICIT_KEY: { message: "a second colon in the same line", fix: QUOTE },
  BAD_SCALAR_START: { message: "a text must not begin with this character", fix: QUOTE },
  BAD_ALIAS: { message: "an alias (*name) without an anchor (&name) before it", fix: QUOTE },
  MULTIPLE_DOCS: { message: "a second document begins here", fix: "write one document a file, without --- between" },
  TAG_RESOLVE_FAILED: {
    message: "a tag (!name) that is not known here",
    fix: "remove it, or put quotes around the text",
  },
};

function syntaxText({ code, pos }: YAMLError, text: string): { message: string; fix: string } {
  if (code === "DUPLICATE_KEY") {
    const [key = "a key"] = /^[^\s:,}]+/.exec(text.slice(pos[0])) ?? [];
    return { message: `${key} stands twice in the same map`, fix: "remove one, or give it a name of its own" };
  }
  return SYNTAX[code] ?? { message: "this is not valid YAML", fix: QUOTE };
}
