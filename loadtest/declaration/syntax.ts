import { type Document, type ErrorCode, isCollection, isNode, isScalar, visit, type YAMLError } from "yaml";
import type { Path } from "./checks/problem.ts";
import { pathAt } from "./nodes.ts";

/** Something that makes a text no YAML of use here. */
export interface SyntaxProblem {
  /** Whether the rest of the file can be trusted nevertheless. */
  isContained: boolean;
  /** Empty where it cannot be told. */
  path: Path;
  offset: number;
  message: string;
  fix: string;
}

interface Text {
  message: string;
  fix: string;
}

const QUOTE = "put quotes around a text that holds any of : # { } [ ] , & * ! | > ' \" % @ `";

const TEXTS: Partial<Record<ErrorCode, Text>> = {
  TAB_AS_INDENT: { message: "a tab in the indentation, which YAML does not allow", fix: "indent with spaces" },
  BLOCK_AS_IMPLICIT_KEY: { message: "a second colon in one line, or a field below a value", fix: QUOTE },
  BLOCK_IN_FLOW: {
    message: "a comma or a closing bracket is missing",
    fix: "separate what stands in [ ] or { } by commas",
  },
  MULTILINE_IMPLICIT_KEY: { message: "a line without a colon", fix: "write NAME: VALUE" },
  BAD_SCALAR_START: { message: "a text must not begin with this character", fix: QUOTE },
  BAD_DQ_ESCAPE: {
    message: "a backslash in double quotes that YAML does not know",
    fix: "use single quotes, or write \\\\ for a backslash",
  },
  MULTIPLE_DOCS: { message: "a second document begins here", fix: "write one document a file, without --- between" },
  TAG_RESOLVE_FAILED: {
    message: "a tag (!name) that is not known here",
    fix: "remove it, or put quotes around the text",
  },
  UNEXPECTED_TOKEN: { message: "something follows where a value has ended", fix: QUOTE },
};

const INDENT: Text = {
  message: "the indentation does not fit the lines around it",
  fix: "align it with the fields beside it",
};

/**
 * What is wrong with a document's syntax. Of what breaks it only the first is named: what comes after it is read wrongly.
 * The words are not the library's, which repeat parts of the file; those may be secret.
 */
export function syntaxProblems(document: Document, text: string): SyntaxProblem[] {
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const duplicates = errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const [breaking] = errors.filter(({ code }) => code !== "DUPLICATE_KEY");
  if (breaking !== undefined) return [breakingProblem(document, breaking)];
  return [...duplicates.map((error) => duplicateKey(document, error, text)), ...aliasProblems(document)];
}

function duplicateKey(document: Document, { pos: [offset] }: YAMLError, text: string): SyntaxProblem {
  const [key = "a field"] = /^[^\s:,}]+/.exec(text.slice(offset)) ?? [];
  return {
    isContained: true,
    path: pathAt(document.contents, offset),
    offset,
    message: `${key} stands twice in the same map`,
    fix: "remove one, or give it a name of its own",
  };
}

function breakingProblem(document: Document, error: YAMLError): SyntaxProblem {
  const { code, message, pos } = error;
  const [, closing] = /Missing closing (["'])quote|end with a ([\]}])$/.exec(message)?.filter(Boolean) ?? [];
  if (closing !== undefined) {
    const offset = openingBefore(document, pos[0]);
    return {
      isContained: false,
      path: pathAt(document.contents, offset),
      offset,
      message: `what is opened here is not closed by ${closing}`,
      fix: `add ${closing} at its end`,
    };
  }
  return { isContained: false, path: [], offset: pos[0], ...textOf(code, message) };
}

function textOf(code: ErrorCode, message: string): Text {
  if (code === "BAD_INDENT" || message.includes("without - indicator")) return INDENT;
  if (message.includes("followed by map values"))
    return { message: "a line without a colon", fix: "write NAME: VALUE" };
  return TEXTS[code] ?? { message: "this is not valid YAML", fix: QUOTE };
}

/** Where the innermost quoted text or bracket begins that reaches to an offset. */
function openingBefore(document: Document, offset: number): number {
  let opening = offset;
  visit(document, (_key, node) => {
    const range = isNode(node) ? node.range : undefined;
    const opens = isCollection(node) ? node.flow === true : isScalar(node) && node.type?.startsWith("QUOTE") === true;
    if (opens && range !== undefined && range !== null && range[0] < offset && range[2] >= offset) opening = range[0];
  });
  return opening;
}

/** Aliases of nothing, and of what they stand in. */
function aliasProblems(document: Document): SyntaxProblem[] {
  const found: SyntaxProblem[] = [];
  visit(document, {
    Alias: (_key, node, ancestors) => {
      const target = node.resolve(document);
      const isCircular = target !== undefined && ancestors.some((ancestor) => ancestor === target);
      if (target !== undefined && !isCircular) return;
      const offset = node.range?.[0] ?? 0;
      found.push({
        isContained: false,
        path: pathAt(document.contents, offset),
        offset,
        message: isCircular
          ? "an alias (*name) of the value that it stands in"
          : "an alias (*name) without an anchor (&name) before it",
        fix: isCircular ? "write out what it stands for" : QUOTE,
      });
    },
  });
  return found;
}
