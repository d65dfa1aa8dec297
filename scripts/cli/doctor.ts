import { relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { diagnoseFrom } from "../diagnosis/diagnose.ts";
import { printFindings } from "../diagnosis/print.ts";
import { parseObjects, renderedFindings, renderObjects } from "../diagnosis/rendered.ts";
import { CliError } from "../process/cliError.ts";
import { succeeds } from "../process/command.ts";
import { CHECKOUT } from "./checkout.ts";
import { parseOptions } from "./options.ts";
import { reachCluster } from "./reach.ts";
import { findRenderer } from "./renderer.ts";

const HELP = `Says what is missing or wrong on a cluster for what a kustomize overlay deploys, a line each, with its fix. Changes nothing.

  ownsignal doctor <overlay> [options]      the overlay and the cluster
  ownsignal doctor -k <overlay> [options]   the overlay alone, without a cluster: for pipelines

  <overlay>          a folder that kubectl kustomize renders; for a cluster it has to declare its Namespace
  -k, --kustomize    look at what <overlay> renders to, and at no cluster; "-" reads rendered YAML from standard input
  --context <name>   a context of your kubeconfig; without it the current one
  --json             one JSON document on standard output: id, severity, object, message, fix and docs of each finding
  --help

A finding is accepted by an annotation on the object that it is about, or on the Namespace: doctor.ownsignal/<id>: <reason>

It needs kubectl on PATH, with -k kubectl or kustomize. Exit code 0: nothing found that is not accepted, 1: something, 2: it could not look.
`;

/** `ownsignal doctor`. @throws {CliError} without an overlay, or without what renders it. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions("doctor", args, OPTIONS, 1);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const asJson = values.json === true;
  const [given] = positionals;
  if (values.kustomize === true) {
    if (values.context !== undefined)
      throw new CliError("-k looks at no cluster, so --context has no use", "leave out one of them");
    if (given === "-")
      return printFindings(
        renderedFindings(parseObjects(await text(process.stdin))),
        { overlay: "-", at: "rendered" },
        asJson,
      );
    const overlay = overlayOf(given);
    const objects = await renderObjects(await findRenderer(), overlay);
    return printFindings(renderedFindings(objects), { overlay: shown(overlay), at: "rendered" }, asJson);
  }
  const overlay = overlayOf(given);
  // The clusters of a clone bring a kubectl of their own.
  if (CHECKOUT === undefined && !(await succeeds("kubectl", ["version", "--client"]))) {
    throw new CliError("kubectl cannot be run, which renders the overlay", "install kubectl and put it on PATH");
  }
  const findings = await diagnoseFrom(() => reachCluster(values.context), overlay);
  return printFindings(findings, { overlay: shown(overlay), at: "cluster" }, asJson);
}

const OPTIONS = {
  kustomize: { type: "boolean", short: "k" },
  context: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function overlayOf(given: string | undefined): string {
  const overlay = given === undefined ? CHECKOUT?.overlay : resolve(given);
  if (overlay !== undefined) return overlay;
  throw new CliError(
    "there is no overlay to look at: the repository's own is in a clone only",
    "name a folder that kubectl kustomize renders: ownsignal doctor path/to/overlay",
  );
}

function shown(overlay: string): string {
  return relative(process.cwd(), overlay) || ".";
}
