import * as z from "zod";
import { titleOf, type Asked } from "./objects.ts";

/** kubectl gives one object where one is left, a list where there are more. */
const leftObject = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    finalizers: z.array(z.string()).default([]),
  }),
  status: z
    .object({ conditions: z.array(z.object({ status: z.string(), message: z.string().default("") })).default([]) })
    .optional(),
});
const printed = z.union([z.object({ items: z.array(leftObject) }), leftObject.transform((one) => ({ items: [one] }))]);

/**
 * What is left of a list that was to be deleted, a line each, with what holds it: a namespace says so in its conditions, others name their finalizers.
 * @param list as kubectl reads it from standard input.
 */
export async function leftOf({ kubectl }: Asked, list: string): Promise<string[]> {
  const output = await kubectl(["get", "--ignore-not-found", "-f", "-", "-o", "json"], list);
  if (output.trim() === "") return [];
  return printed.parse(JSON.parse(output)).items.map((object) => {
    const { kind, metadata, status } = object;
    const conditions = (status?.conditions ?? []).filter((condition) => condition.status === "True");
    const held =
      kind === "Namespace"
        ? conditions.map(({ message }) => message)
        : metadata.finalizers.map((finalizer) => `finalizer ${finalizer}`);
    return [titleOf(object), ...held].join(": ");
  });
}
