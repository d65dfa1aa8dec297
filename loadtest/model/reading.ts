import * as z from "zod";

/** One thing that was read once: what it held, that it is not there, or that it could not be read. A failed read is never a zero. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "gap"; readonly error: string };

export function reading<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("value"), value }),
    z.object({ kind: z.literal("absent") }),
    z.object({ kind: z.literal("gap"), error: z.string() }),
  ]);
}

export const ABSENT = { kind: "absent" } as const;

export function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "value" ? reading.value : undefined;
}
