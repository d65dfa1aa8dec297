import * as z from "zod";
import { suggest } from "../../../src/shared/suggest.ts";
import { type Explanation, explanationOf } from "../schema/explained.ts";
import { branchOf, isMap, schemaAt, valueAt } from "./branch.ts";
import type { Path, Problem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** What is known of a problem only here. */
interface ShapeProblem extends Problem {
  /** A field that has to be there and is not. */
  missing?: true;
  /** The field that a misspelt one was likely meant to be. */
  meant?: string;
}

/** The union that a map is a part of, and the field by which it chose the part. */
interface Chosen {
  union: z.ZodUnion;
  by: string;
}

/** What keeps a value from having the shape of a schema; nothing where it has it. */
export function shapeProblems(schema: z.ZodType, value: unknown): Problem[] {
  const problems = problemsOf(schema, value, []);
  const meant = new Set(problems.flatMap((one) => (one.meant === undefined ? [] : [beside(one.path, one.meant)])));
  return problems
    .filter(({ missing, path }) => missing === undefined || !meant.has(JSON.stringify(path)))
    .map(({ path, at, message, fix }) => ({ path, at, message, fix }));
}

function beside(path: Path, key: string): string {
  return JSON.stringify([...path.slice(0, -1), key]);
}

function problemsOf(schema: z.ZodType, value: unknown, path: Path, chosen?: Chosen): ShapeProblem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => explain(schema, value, path, issue, chosen));
}

function explain(schema: z.ZodType, value: unknown, above: Path, issue: Issue, chosen?: Chosen): ShapeProblem[] {
  const inner = issue.path as (string | number)[];
  const path = [...above, ...inner];
  const found = valueAt(value, inner);
  if (issue.code === "invalid_key") {
    const { what, example } = explanationOf(keyTypeAt(schema, value, inner));
    const key = String(inner.at(-1));
    return [{ path, at: "key", message: `${quoted(key)} is not ${what}`, fix: `write for example ${example}` }];
  }
  const place = schemaAt(schema, value, inner);
  if (issue.code === "unrecognized_keys") {
    const of = inner.length === 0 ? chosen : undefined;
    // Of a union, zod returns the issues of a part itself where all others fit worse.
    const { part, by } = place instanceof z.ZodUnion ? partOf(place, found) : { part: place, by: of };
    if (part === undefined) return inUnion(place, found, path);
    return issue.keys.map((key) => unknownKey(part, found, [...path, key], key, by));
  }
  return issue.code === "invalid_union" ? inUnion(place, found, path) : [wrongValue(explanationOf(place), found, path)];
}

function partOf(union: z.ZodUnion, found: unknown): { part: z.ZodObject | undefined; by: Chosen | undefined } {
  const { present, schema } = branchOf(union, found);
  const [by] = present;
  return { part: schema, by: by === undefined ? undefined : { union, by } };
}

function keyTypeAt(schema: z.ZodType, value: unknown, path: Path): z.core.$ZodType {
  const record = schemaAt(schema, value, path.slice(0, -1));
  return record instanceof z.ZodRecord ? record.keyType : record;
}

function unknownKey(
  place: z.core.$ZodType,
  map: unknown,
  path: Path,
  key: string,
  chosen: Chosen | undefined,
): ShapeProblem {
  const known = place instanceof z.ZodObject ? Object.keys(place.shape) : [];
  const free = known.filter((name) => !(isMap(map) && Object.hasOwn(map, name)));
  const rest = free.length === 0 ? "remove it" : `remove it; what may be added here: ${free.join(", ")}`;
  const siblings = chosen?.union.options.filter((option) => option instanceof z.ZodObject) ?? [];
  if (chosen !== undefined && siblings.some(({ shape }) => key in shape)) {
    return { path, at: "key", message: `${quoted(key)} does not go with ${chosen.by}`, fix: rest };
  }
  const near = suggest(key, free);
  return {
    ...{ path, at: "key", message: `${quoted(key)} is not known here` },
    ...(near === undefined ? { fix: rest } : { fix: `did you mean ${near}?`, meant: near }),
  };
}

function inUnion(place: z.core.$ZodType, found: unknown, path: Path): ShapeProblem[] {
  const explanation = explanationOf(place);
  const { what, example, exactlyOne } = explanation;
  if (!(place instanceof z.ZodUnion) || !isMap(found) || exactlyOne === undefined) {
    return [wrongValue(explanation, found, path)];
  }
  const { part, by } = partOf(place, found);
  if (part !== undefined) return problemsOf(part, found, path, by);
  if (by !== undefined) {
    const { present } = branchOf(place, found);
    const message = `has ${present.join(" and ")}, and ${what} has exactly one of them`;
    return [{ path, at: "key", message, fix: `keep one of ${present.join(" and ")}` }];
  }
  // Perhaps the one is there and misspelt.
  const [misspelt] = Object.keys(found).flatMap((key) => {
    const near = suggest(key, exactlyOne);
    return near === undefined ? [] : [{ key, near }];
  });
  if (misspelt !== undefined) {
    const { key, near } = misspelt;
    const message = `${quoted(key)} is not known here`;
    return [{ path: [...path, key], at: "key", message, fix: `did you mean ${near}?` }];
  }
  const message = `has none of ${exactlyOne.join(", ")}, and ${what} has exactly one of them`;
  return [{ path, at: "key", message, fix: `write for example ${example}` }];
}

function wrongValue({ what, example, advise }: Explanation, found: unknown, path: Path): ShapeProblem {
  if (found === undefined) {
    const key = String(path.at(-1));
    return {
      path,
      at: "key",
      message: `${key} is missing`,
      fix: `add it, for example ${key}: ${example}`,
      missing: true,
    };
  }
  if (found === null)
    return { path, at: "value", message: `is empty, not ${what}`, fix: `write for example ${example}` };
  const advice = advise?.(found);
  if (advice !== undefined) return { path, at: "value", ...advice };
  return { path, at: "value", message: `${shown(found)} is not ${what}`, fix: `write for example ${example}` };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isMap(value)) return "a map";
  return typeof value === "string" ? quoted(value) : String(value);
}

const MOST_SHOWN = 60;

function quoted(text: string): string {
  return JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}
