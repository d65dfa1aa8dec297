import { suggest } from "../../../src/shared/suggest.ts";

/** Keys of maps and indexes of lists, from the file's top. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a file, where its place is known by path only. */
export interface Problem {
  /** Of a field that is missing: where it should be. */
  path: Path;
  /** Whether it is about the field's name or about what it holds. */
  at: "key" | "value";
  /** What is wrong. */
  message: string;
  /** What would be right. */
  fix: string;
}

/** As in `scenarios[0].mustScale[0].workload`; empty for the file itself. */
export function renderPath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** What would be right where a name is unknown. @param part of the file that gives such names. */
export function knownNames(text: string, names: readonly string[], part: string): string {
  const near = suggest(text, names);
  if (near !== undefined) return `did you mean ${near}?`;
  return names.length === 0 ? `add it to ${part}` : `write one of ${names.join(", ")}, or add it to ${part}`;
}
