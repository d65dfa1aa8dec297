import * as z from "zod";

/** What an error says about a field, beside what was found there. */
export interface Explanation {
  /** As in "90 is not WHAT", such as "a duration". */
  what: string;
  /** YAML that would be right. */
  example: string;
  /** Of a union of objects: the fields that tell them apart. A value has exactly one of them. */
  exactlyOne?: readonly string[];
  /** A better word about a mistake that is often made; undefined where the usual one will do. */
  advise?: (value: unknown) => { message: string; fix: string } | undefined;
}

const explanations = z.registry<Explanation>();

/** The same schema, with what its errors say. Descriptions that are added later keep it. */
export function explained<Schema extends z.ZodType>(schema: Schema, explanation: Explanation): Schema {
  explanations.add(schema, explanation);
  return schema;
}

/** @throws where a schema of the file has no explanation, which a test rules out. */
export function explanationOf(schema: z.core.$ZodType): Explanation {
  const explanation = explanations.get(schema);
  if (explanation === undefined) throw new Error(`a schema of type ${schema._zod.def.type} has no explanation`);
  return explanation;
}
