import { CliError } from "../process/cliError.ts";

/** `ownsignal init`. @throws {CliError} for now. */
export function runInit(_args: readonly string[]): Promise<number> {
  throw new CliError("ownsignal init is not available yet", "wait for a later version");
}
