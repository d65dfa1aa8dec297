import { parseArgs } from "node:util";
import { CliError } from "../process/cliError.ts";
import { CHECKOUT } from "./checkout.ts";

/** `ownsignal prove`. @throws {CliError} without a file, and for now with one too. */
export function runProve(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { file: { type: "string", short: "f" } },
    strict: false,
  });
  if (values.file === undefined && CHECKOUT === undefined) {
    throw new CliError("there is no file to prove", "give a file: ownsignal prove -f autoscaling.yaml");
  }
  throw new CliError("ownsignal prove is not available yet", "in a clone of the repository: ./scripts/prove");
}
