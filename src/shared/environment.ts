import * as z from "zod";

/** Exit code of a start that the environment made impossible: EX_CONFIG of sysexits(3). */
export const EXIT_CONFIG = 78;

/** Everything that was wrong with the environment: variables, each with what it got and what it wants, and what they name. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`the environment is not usable:\n${problems.join("\n").replace(/^/gm, "  ")}`, options);
    this.problems = problems;
  }
}

/** A TCP port; 0 lets the system choose, for tests. */
export const port = z.coerce.number().int().min(0).max(65_535);

export const logLevel = z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]);

/** A whole number of at least 1, given as text. */
export const positiveInteger = z.coerce.number().int().min(1);

/** Milliseconds, 0 or more, given as text. */
export const milliseconds = z.coerce.number().min(0);

/**
 * Parses the environment once, at the start. An empty variable counts as unset.
 * @throws {EnvironmentError} naming every variable that is wrong.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.join(".");
    const got = given[name];
    return `${name}: ${issue.message} (got ${got === undefined ? "nothing" : shown(name, got)})`;
  });
  throw new EnvironmentError(problems);
}

/** Values of variables that carry secrets are never printed. */
function shown(name: string, value: string): string {
  return /KEY|SECRET|PASSWORD|CONNECTION_STRING|REDIS_URL/.test(name)
    ? "a value that is not shown"
    : JSON.stringify(value);
}
