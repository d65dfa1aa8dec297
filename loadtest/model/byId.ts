import * as z from "zod";

/** Something that is told by an id and the figures that belong to it. Its sentence is made last. */
export type ById<Shapes extends Record<string, z.ZodObject>, Id extends keyof Shapes = keyof Shapes> = {
  [Each in Id]: { readonly id: Each; readonly params: z.infer<Shapes[Each]> };
}[Id];

/** A schema that takes an id of `shapes` with its own figures, and nothing else. */
export function byId<Shapes extends Record<string, z.ZodObject>>(shapes: Shapes): z.ZodType<ById<Shapes>> {
  const [first, ...others] = Object.entries(shapes).map(([id, params]) => z.object({ id: z.literal(id), params }));
  if (first === undefined) throw new Error("there are no ids");
  // TypeScript does not follow Object.entries.
  return z.discriminatedUnion("id", [first, ...others]) as unknown as z.ZodType<ById<Shapes>>;
}
