import { readFileSync } from "node:fs";
import { EnvironmentError } from "../shared/environment.ts";
import { JsonSyntaxError, parseJson } from "../shared/jsonText.ts";
import { rules, DEFAULT_RULES, type Rules } from "./rules.ts";

/**
 * The rules from a file of JSON; without one, the defaults. Read once: a changed file needs a restart of the validator.
 * @throws {EnvironmentError} saying where in the file what is wrong: line and column of what is no JSON, path of what is no rule.
 */
export function readRules(path: string | undefined): Rules {
  if (path === undefined) return DEFAULT_RULES;
  const unusable = (faults: readonly string[]): EnvironmentError =>
    new EnvironmentError(faults.map((fault) => `VALIDATOR_RULES_FILE: ${path}${fault}`));
  let given: unknown;
  try {
    given = parseJson(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unusable([`, ${error.message}`]);
    throw unusable([`: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const parsed = rules.safeParse(given);
  if (parsed.success) return parsed.data;
  throw unusable(
    parsed.error.issues.map(({ path: where, message }) => `, at ${where.join(".") || "the top"}: ${message}`),
  );
}
