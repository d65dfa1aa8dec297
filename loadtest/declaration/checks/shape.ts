import * as z from "zod";
import { type Explanation, explanationOf } from "../schema/explained.ts";
import { branchOf, isMap, schemaAt, valueAt } from "./branch.ts";
import { type Path, type Problem, suggestion } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** What keeps a value from having the shape of a schema; nothing where it has it. */
export function shapeProblems(schema: z.ZodType, value: unknown, path: Path = []): Problem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => explain(schema, value, path, issue));
}

function explain(schema: z.ZodType, value: unknown, above: Path, issue: Issue): Problem[] {
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
    return issue.keys.map((key) => unknownKey(place, found, [...path, key], key));
  }
  return issue.code === "invalid_union" ? union(place, found, path) : [wrongValue(explanationOf(place), found, path)];
}

function keyTypeAt(schema: z.ZodType, value: unknown, path: Path): z.core.$ZodType {
  const record = schemaAt(schema, value, path.slice(0, -1));
  return record instanceof z.ZodRecord ? record.keyType : record;
}

function unknownKey(place: z.core.$ZodType, map: unknown, path: Path, key: string): Problem {
  const object = place instanceof z.ZodUnion ? branchOf(place, map).schema : place;
  const known = object instanceof z.ZodObject ? Object.keys(object.shape) : [];
  const absent = known.filter((name) => !(isMap(map) && name in map));
  const near = suggestion(key, absent, "fields that may stand here");
  return { path, at: "key", message: `${quoted(key)} is not known here`, fix: near };
}

function union(place: z.core.$ZodType, found: unknown, path: Path): Problem[] {
  const explanation = explanationOf(place);
  if (!(place instanceof z.ZodUnion) || !isMap(found) || explanation.exactlyOne === undefined) {
    return [wrongValue(explanation, found, path)];
  }
  const branch = branchOf(place, found);
  if (branch.schema !== undefined) return shapeProblems(branch.schema, found, path);
  const { what, example, exactlyOne } = explanation;
  const choice = exactlyOne.join(", ");
  if (branch.present.length > 1) {
    const message = `has ${branch.present.join(" and ")}, and ${what} has only one of them`;
    return [{ path, at: "key", message, fix: `keep exactly one of ${choice}` }];
  }
  // Perhaps the one is there and misspelt.
  const misspelt = Object.keys(found).filter((key) => suggestion(key, exactlyOne, "").startsWith("did you mean"));
  const [key] = misspelt;
  if (key !== undefined) {
    const fix = suggestion(key, exactlyOne, "");
    return [{ path: [...path, key], at: "key", message: `${quoted(key)} is not known here`, fix }];
  }
  const message = `has none of ${choice}, by which ${what} is told`;
  return [{ path, at: "key", message, fix: `write for example ${example}` }];
}

function wrongValue({ what, example, advise }: Explanation, found: unknown, path: Path): Problem {
  if (found === undefined) {
    const key = String(path.at(-1));
    return { path, at: "key", message: `${key} is missing`, fix: `add ${key}: ${example}` };
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
