import { namespaceValue } from "../process/optionValues.ts";
import { parseOptions } from "./options.ts";

export const INIT_HELP = `usage: ownsignal init [OPTION]...

Writes autoscaling.yaml for what scales in a namespace: each Deployment and StatefulSet that a HorizontalPodAutoscaler or a ScaledObject names, a scenario and
a load for each, the scripts of the loads and the schema for editors beside it. Changes nothing in the cluster.

  --context NAME         a context of the kubeconfig; else its current one
  -n, --namespace NAME   else the context's
  --out FILE             where it is written; autoscaling.yaml by default
  --force                writes over files that exist, the loads' scripts as well
  -h, --help             this

Exit codes: 0 written. 1 written, and something is wrong in the namespace. 2 not written.
`;

/** What `ownsignal init` is to do. */
export interface InitRequest {
  context: string | undefined;
  namespace: string | undefined;
  out: string;
  force: boolean;
}

const OPTIONS = {
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
  out: { type: "string" },
  force: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Undefined where help is asked for. @throws {CliError} naming the option that is wrong. */
export function parseInitOptions(args: readonly string[]): InitRequest | undefined {
  const { values } = parseOptions("init", args, OPTIONS, 0);
  if (values.help === true) return undefined;
  return {
    context: values.context,
    namespace: namespaceValue(values.namespace),
    out: values.out ?? "autoscaling.yaml",
    force: values.force === true,
  };
}
