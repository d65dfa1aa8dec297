import { resolve } from "node:path";
import { diagnoseFrom } from "../diagnosis/diagnose.ts";
import { printFindings } from "../diagnosis/print.ts";
import { CliError } from "../process/cliError.ts";
import { succeeds } from "../process/command.ts";
import { CHECKOUT } from "./checkout.ts";
import { parseOptions } from "./options.ts";
import { reachCluster } from "./reach.ts";

const HELP = `Says what is missing or wrong on a cluster for what a kustomize overlay deploys, a line each, with its fix. Changes nothing.

  ownsignal doctor <overlay> [options]

  <overlay>          a folder that kubectl kustomize renders and that declares its Namespace
  --context <name>   a context of your kubeconfig; without it the current one
  --help

It needs kubectl on PATH. Exit code 0: no problems found, 1: there are some, 2: it could not look.
`;

/** `ownsignal doctor`. @throws {CliError} without an overlay, or without kubectl to render it. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const options = { context: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
  const { values, positionals } = parseOptions("doctor", args, options, 1);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [given] = positionals;
  const overlay = given === undefined ? CHECKOUT?.overlay : resolve(given);
  if (overlay === undefined) {
    throw new CliError(
      "there is no overlay to compare the cluster with: the repository's own is in a clone only",
      "name a folder that kubectl kustomize renders: ownsignal doctor path/to/overlay",
    );
  }
  // The clusters of a clone bring a kubectl of their own.
  if (CHECKOUT === undefined && !(await succeeds("kubectl", ["version", "--client"]))) {
    throw new CliError("kubectl cannot be run, which renders the overlay", "install kubectl and put it on PATH");
  }
  return printFindings(await diagnoseFrom(() => reachCluster(values.context), overlay));
}
