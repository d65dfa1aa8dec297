import { randomInt } from "node:crypto";
import { parseDuration } from "../../loadtest/model/parseDuration.ts";
import { CliError } from "./cliError.ts";

const LONGEST_SECONDS = 24 * 3600;

/** `90s`, `10m`, `1h30m`: largest unit first. */
const DURATION = /^(?=\d)(?:\d+h)?(?:\d+m)?(?:\d+s)?$/;

/** A duration in seconds. @throws {CliError} for what is none, or out of bounds. */
export function secondsValue(option: string, value: string | undefined, atLeast: number): number | undefined {
  if (value === undefined) return undefined;
  const parsed = DURATION.test(value) ? parseDuration(value) : undefined;
  if (parsed === undefined) {
    throw new CliError(`${option}: "${value}" is no duration`, "give hours, minutes or seconds: 1h30m, 10m, 90s");
  }
  if (parsed < atLeast || parsed > LONGEST_SECONDS) {
    throw new CliError(
      `${option}: ${value} cannot be`,
      `give from ${atLeast} s to ${LONGEST_SECONDS / 3600} h, for example ${option} 10m`,
    );
  }
  return parsed;
}

/** The largest seed, of 32 bits. */
const LARGEST_SEED = 2 ** 32 - 1;

/** A seed for choices by chance; one by chance itself where none is given. @throws {CliError} for what is none. */
export function seedValue(value: string | undefined): number {
  if (value === undefined) return randomInt(LARGEST_SEED);
  if (/^\d{1,10}$/.test(value) && Number(value) <= LARGEST_SEED) return Number(value);
  throw new CliError(`--seed: "${value}" cannot be`, `give a whole number from 0 to ${LARGEST_SEED}`);
}

/** A namespace's name. @throws {CliError} for what cannot be one. */
export function namespaceValue(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  // RFC 1123, as the API server has it.
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new CliError(
    `--namespace: "${value}" cannot be a namespace`,
    "a namespace has small letters, digits and hyphens, at most 63",
  );
}
