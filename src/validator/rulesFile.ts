import { readFileSync } from "node:fs";
import { EnvironmentError } from "../shared/environment.ts";
import { rules, SHIPPED_RULES, type Rules } from "./rules.ts";

/**
 * The rules from a file of JSON; without one, those that are shipped. Read once: whoever replaces the file starts the validator anew.
 * @throws {EnvironmentError} saying where in the file what is wrong: line and column of what is no JSON, path of what is no rule.
 */
export function readRules(path: string | undefined): Rules {
  if (path === undefined) return SHIPPED_RULES;
  const unusable = (...faults: readonly string[]): EnvironmentError =>
    new EnvironmentError(
      `the rules are not usable:\n${faults.map((fault) => `  VALIDATOR_RULES_FILE: ${path}${fault}`).join("\n")}`,
    );
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw unusable(`: ${messageOf(error)}`);
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw unusable(faultOf(text, messageOf(error)));
  }
  const parsed = rules.safeParse(given);
  if (parsed.success) return parsed.data;
  throw unusable(
    ...parsed.error.issues.map(({ path: where, message }) => `, at ${where.join(".") || "the top"}: ${message}`),
  );
}

/** What is no JSON and where, lines and columns from 1. V8 says where, save of a token that it did not expect, and of an end. */
function faultOf(text: string, message: string): string {
  const [, what = message, line, column] =
    /^(.*) in JSON at position \d+ \(line (\d+) column (\d+)\)$/s.exec(message) ?? [];
  if (line !== undefined && column !== undefined) return `:${line}:${column}: ${what}`;
  const before = text.slice(0, isUnexpectedToken(text) ? unexpectedToken(text) : text.length).split("\n");
  // V8 quotes what stands around it, over several lines if need be.
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${message.replace(/(, | in )(\.\.\.)?["J].*$/s, "")}`;
}

/** Index of the first character with which the text can no longer be the beginning of JSON. */
function unexpectedToken(text: string): number {
  let beginning = 0;
  let tooMuch = text.length;
  while (beginning + 1 < tooMuch) {
    const middle = Math.floor((beginning + tooMuch) / 2);
    if (isUnexpectedToken(text.slice(0, middle))) tooMuch = middle;
    else beginning = middle;
  }
  return beginning;
}

function isUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return messageOf(error).startsWith("Unexpected token");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
