import * as z from "zod";

/** Media type of {@link ProblemDetails}, RFC 9457. */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/** One thing that is wrong with an order, and where. */
export const violation = z.object({
  /** Path of the field, with dots; empty when the whole is wrong. */
  field: z.string(),
  message: z.string(),
});
export type Violation = z.infer<typeof violation>;

/** Problem details of {@link https://www.rfc-editor.org/rfc/rfc9457 | RFC 9457}. */
export const problemDetails = z.object({
  /** Names the kind of problem for a program: `urn:ownsignal:problem:<name>`. */
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().optional(),
  violations: z.array(violation).readonly().optional(),
});
export type ProblemDetails = Readonly<z.infer<typeof problemDetails>>;

/** A problem of the kind `name`; `more` is for this occurrence. */
export function problem(
  status: number,
  name: string,
  title: string,
  more: { detail?: string; violations?: readonly Violation[] } = {},
): ProblemDetails {
  return { type: problemType(name), title, status, ...more };
}

export function problemType(name: string): string {
  return `urn:ownsignal:problem:${name}`;
}

/** Everything that zod found wrong, field by field. Values are left out: they may be private and may be long. */
export function violationsOf(error: z.ZodError): Violation[] {
  return error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message }));
}
