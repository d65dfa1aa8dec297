import { resolve } from "node:path";
import { k6Finding, type K6Finding, KNOWN_MAJORS } from "../../loadtest/preflight/k6Version.ts";
import { CliError } from "../process/cliError.ts";
import { executableOn } from "../process/executableOn.ts";
import { K6_VERSION } from "../toolsets/k6Version.ts";
import { CHECKOUT, type Checkout } from "./checkout.ts";

const SUPPORTED = KNOWN_MAJORS.map((major) => `${major}.x`).join(" or ");
const FIX =
  `install k6 ${SUPPORTED} (tested with ${K6_VERSION}; see https://grafana.com/docs/k6) and put it on PATH, ` +
  "or name it: --k6 PATH";

/**
 * The k6 that runs the loads: the one that is named by `--k6`; else in a clone the one that it finds or builds; else the first on PATH.
 * @param where a test gives another.
 * @throws {CliError} when there is none, it cannot be run, or its version is not supported.
 */
export async function findK6(
  named: string | undefined,
  where: { checkout: Checkout | undefined; searchPath: string } = {
    checkout: CHECKOUT,
    searchPath: process.env.PATH ?? "",
  },
): Promise<string> {
  const { checkout, searchPath } = where;
  if (named === undefined && checkout !== undefined) return checkout.k6();
  // The loads may run in another folder; a name without one is looked for on PATH.
  const path = named?.includes("/") === true ? resolve(named) : executableOn(searchPath, named ?? "k6");
  if (path === undefined) throw new CliError(`there is no ${named ?? "k6"} on PATH`, FIX);
  const finding = await k6Finding(path, K6_VERSION);
  if (finding !== undefined) throw new CliError(textOf(finding), FIX);
  return path;
}

function textOf({ id, params }: K6Finding): string {
  switch (id) {
    case "k6-missing":
      return `there is no k6 at ${params.path}`;
    case "k6-not-runnable":
      return `k6 at ${params.path} cannot be run: ${params.error}`;
    case "k6-version-unknown":
      return `${params.path} does not print a version of k6`;
    case "k6-version-unsupported":
      return `k6 at ${params.path} is version ${params.version}, and ${SUPPORTED} is supported`;
  }
}
