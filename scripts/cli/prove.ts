import { CliError } from "../process/cliError.ts";
import { CHECKOUT } from "./checkout.ts";
import { proveFile } from "./proveFile.ts";
import { parseProveOptions } from "./proveOptions.ts";

/**
 * `ownsignal prove`: what a file declares; without one, in a clone, the orders system.
 * @param program as the person called it, for the report.
 * @returns the exit code.
 * @throws {CliError} without a file where there is no clone.
 */
export async function runProve(args: readonly string[], program = "ownsignal prove"): Promise<number> {
  const namesFile = args.some((word) => /^(-f|--file)(=|$)/.test(word) || /^-f./.test(word));
  if (!namesFile && CHECKOUT !== undefined) return CHECKOUT.proveOrders(args, program);
  const request = parseProveOptions(args);
  if (request.kind === "help") {
    process.stdout.write(request.text);
    return 0;
  }
  if (request.file === undefined) {
    throw new CliError("there is no file to prove", "give a file: ownsignal prove -f autoscaling.yaml");
  }
  return proveFile({ ...request, file: request.file }, program, args);
}
