import { explain } from "../../loadtest/planner/explain.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { attachToContext } from "../cluster/context.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import { explanationText, ruleText } from "../planning/explainText.ts";
import { readNow, scaledIn } from "../planning/liveReadings.ts";
import { CliError } from "../process/cliError.ts";
import { namespaceValue } from "../process/optionValues.ts";
import { parseOptions } from "./options.ts";

const HELP = `usage: ownsignal explain [WORKLOAD] [OPTION]...

Says why each workload has as many replicas as it has now, and which rule decides: target, tolerance, policy, window, minimum, maximum, KEDA's poll or cooldown, a
pause, or the start of pods. Changes nothing.

  WORKLOAD               a Deployment or StatefulSet; else all that something scales
  --context NAME         a context of the kubeconfig; else its current one
  -n, --namespace NAME   else the context's
  --json                 on standard output, and nothing else there
  -h, --help             this

Exit codes: 0 done. 2 it could not be read.
`;

const OPTIONS = {
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `ownsignal explain`. @throws {CliError} where there is no such workload, or it cannot be read. */
export async function runExplain(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions("explain", args, OPTIONS, 1);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const kubeConfig = kubeConfigOf(await attachToContext(values.context));
  const ofContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const namespace = namespaceValue(values.namespace) ?? ofContext ?? "default";
  const all = await scaledIn(kubeConfig, namespace);
  const names = all.map(({ name }) => name);
  const [asked] = positionals;
  const workloads = all.filter(({ name }) => asked === undefined || name === asked);
  if (workloads.length === 0) throw nothing(namespace, asked, names);
  const sample = await readNow(kubeConfig, workloads);
  const explained = workloads.flatMap(({ name }) => {
    const readings = sample.workloads[name];
    return readings === undefined ? [] : [{ workload: name, explanation: explain(readings) }];
  });
  const text =
    values.json === true
      ? `${JSON.stringify(explained.map(({ workload, explanation }) => ({ workload, ...explanation, rules: explanation.rules.map((rule) => ({ ...rule, text: ruleText(rule) })) })))}\n`
      : explained.map(({ workload, explanation }) => explanationText(workload, explanation)).join("\n");
  process.stdout.write(text);
  return 0;
}

function nothing(namespace: string, asked: string | undefined, names: readonly string[]): CliError {
  if (names.length === 0) {
    return new CliError(
      `nothing scales in namespace ${namespace}: no HorizontalPodAutoscaler or ScaledObject names what is there`,
      "name another namespace: --namespace NAME",
    );
  }
  const near = suggest(asked ?? "", names);
  return new CliError(
    `nothing scales a workload "${asked ?? ""}" in namespace ${namespace}`,
    `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}`,
  );
}
