/** The text is not JSON: `message` says at which line and column, counted from 1, what was expected and what is there. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;

/** Deeper than any file that means something; a walk has to end before the stack does. */
const MAX_DEPTH = 100;

/**
 * Reads JSON that a person wrote. `JSON.parse` decides; only where it fails is the position looked for, which it tells for some errors and
 * not for others.
 * @throws {JsonSyntaxError}
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JsonSyntaxError(fault(text), { cause: error });
  }
}

/** Walks along the grammar up to the first thing that does not belong there. */
function fault(text: string): string {
  let at = 0;
  let depth = 0;

  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found?.[0].length ?? 0;
    return found !== null;
  }
  /** The next character that is not space; empty at the end. */
  function next(): string {
    skip(SPACE);
    return text[at] ?? "";
  }
  function expect(what: string, met: boolean): void {
    if (!met) throw new Found(what);
  }
  function string(what: string): void {
    expect(next() === '"' ? "a string that ends on its line, with \\ before what needs it" : what, skip(STRING));
  }
  function list(close: string, item: () => void): void {
    depth += 1;
    expect(`at most ${MAX_DEPTH} levels`, depth <= MAX_DEPTH);
    at += 1;
    if (next() !== close) {
      item();
      while (next() === ",") {
        at += 1;
        item();
      }
    }
    expect(`"," or "${close}"`, next() === close);
    at += 1;
    depth -= 1;
  }
  function value(): void {
    const first = next();
    if (first === "{") {
      list("}", () => {
        string("a name in double quotes");
        expect('":"', next() === ":");
        at += 1;
        value();
      });
    } else if (first === "[") list("]", value);
    else if (first === '"') string("a string");
    else expect("a value", skip(NUMBER_OR_WORD));
  }

  let expected = "no more than one value";
  try {
    value();
    next();
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    expected = error.message;
  }
  const lines = text.slice(0, at).split("\n");
  const got =
    at >= text.length ? "the end of the file" : JSON.stringify(/^[\w.-]+|^./u.exec(text.slice(at))?.[0] ?? "");
  return `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}: want ${expected}, got ${got}`;
}

/** Ends the walk. */
class Found extends Error {}
