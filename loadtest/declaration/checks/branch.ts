import * as z from "zod";
import { explanationOf } from "../schema/explained.ts";
import type { Path } from "./problem.ts";

/** A map of a YAML file. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => {
    if (Array.isArray(inside)) return inside[Number(key)];
    return isMap(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined;
  }, value);
}

/**
 * The part of a union that a map chose by one of the fields that tell them apart.
 * @returns which of these fields it has; the part is undefined where they are none or several.
 */
export function branchOf(union: z.ZodUnion, map: unknown): { present: string[]; schema: z.ZodObject | undefined } {
  const { exactlyOne = [] } = explanationOf(union);
  const present = exactlyOne.filter((key) => isMap(map) && Object.hasOwn(map, key));
  const [key] = present;
  const options = union.options.filter((option) => option instanceof z.ZodObject);
  if (key === undefined || present.length > 1) return { present, schema: undefined };
  return { present, schema: options.find(({ shape }) => key in shape) };
}

/** The schema of what stands at a path, by the parts of unions that the value chose; the last one known where it ends before. */
export function schemaAt(schema: z.core.$ZodType, value: unknown, path: Path): z.core.$ZodType {
  const here = schema instanceof z.ZodOptional ? schemaOf(schema) : schema;
  const [key, ...rest] = path;
  if (key === undefined) return here;
  const below = partOf(here, value, key);
  return below === undefined ? here : schemaAt(below, valueAt(value, [key]), rest);
}

function schemaOf(optional: z.ZodOptional): z.core.$ZodType {
  return optional.unwrap();
}

function partOf(schema: z.core.$ZodType, value: unknown, key: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.core.$ZodType>)[key];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodUnion) {
    const { schema: branch } = branchOf(schema, value);
    return branch === undefined ? undefined : partOf(branch, value, key);
  }
  return undefined;
}
