import { CliError } from "../process/cliError.ts";
import { namespaceValue, secondsValue, seedValue } from "../process/optionValues.ts";
import { parseOptions } from "./options.ts";

export const PROVE_HELP = `usage: ownsignal prove -f FILE [OPTION]...

Proves that what FILE declares scales on its own signal, on the cluster of the current context. It writes nothing to the cluster but the loads and the faults
that the file declares, and reverts these.

  -f, --file FILE        autoscaling.yaml; ownsignal init writes one
  --context NAME         a context of the kubeconfig; else its current one
  -n, --namespace NAME   of what the file gives no namespace
  --scenario NAME        this one instead of all; repeated, or with commas
  --repeats N            runs each scenario N times, whatever the file says
  --seed NUMBER          repeats a run's choices by chance, such as the pods that are killed
  --out DIR              where the report goes: ownsignal-report/<UTC time> by default
  --json                 report.json on standard output, and nothing else there
  --junit FILE           junit.xml there as well
  --ignore-findings      runs the loads although the doctor finds an error
  --timeout TIME         ends after this long, with what was measured until then
  --k6 PATH              a k6 of your own (1.x, 2.x); else the one on PATH
  --print-role           prints the Role that the proof needs, and runs nothing
  --list                 the scenarios' names, one a line
  --no-color             no colours; nor with NO_COLOR, nor where no terminal is
  -h, --help             this

Exit codes: 0 PASS, every assertion holds. 1 FAIL, one does not. 2 INCONCLUSIVE: the file, the setup, the load or the sampling failed, or it was interrupted.
`;

/** What `ownsignal prove` is to do. */
export interface ProveFileRequest {
  kind: "prove" | "print-role" | "list";
  file: string;
  context: string | undefined;
  namespace: string | undefined;
  /** Names; undefined for all. */
  scenarios: readonly string[] | undefined;
  repeats: number | undefined;
  /** From which every choice by chance follows. */
  seed: number;
  outDir: string | undefined;
  json: boolean;
  junitFile: string | undefined;
  timeoutSeconds: number | undefined;
  /** Whether the loads are run although the doctor finds an error. */
  ignoreFindings: boolean;
  k6Path: string | undefined;
  color: boolean;
}

const OPTIONS = {
  file: { type: "string", short: "f" },
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
  scenario: { type: "string", multiple: true },
  repeats: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
  junit: { type: "string" },
  timeout: { type: "string" },
  "ignore-findings": { type: "boolean" },
  k6: { type: "string" },
  "print-role": { type: "boolean" },
  list: { type: "boolean" },
  "no-color": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws {CliError} naming the option that is wrong. */
export function parseProveOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): { kind: "help"; text: string } | (Omit<ProveFileRequest, "file"> & { file: string | undefined }) {
  const { values } = parseOptions("prove", args, OPTIONS, 0);
  if (values.help === true) return { kind: "help", text: PROVE_HELP };
  return {
    kind: values["print-role"] === true ? "print-role" : values.list === true ? "list" : "prove",
    file: values.file,
    context: values.context,
    namespace: namespaceValue(values.namespace),
    scenarios: values.scenario?.flatMap((names) => names.split(",")).map((name) => name.trim()),
    repeats: repeatsValue(values.repeats),
    seed: seedValue(values.seed),
    outDir: values.out,
    json: values.json === true,
    junitFile: values.junit,
    timeoutSeconds: secondsValue("--timeout", values.timeout, 1),
    ignoreFindings: values["ignore-findings"] === true,
    k6Path: values.k6,
    // https://no-color.org
    color: values["no-color"] !== true && (environment.NO_COLOR ?? "") === "",
  };
}

const MOST_REPEATS = 100;

function repeatsValue(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const repeats = Number(text);
  if (/^[1-9]\d*$/.test(text) && repeats <= MOST_REPEATS) return repeats;
  throw new CliError(`--repeats: "${text}" cannot be`, `give a whole number from 1 to ${MOST_REPEATS}`);
}
