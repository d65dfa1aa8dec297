import { CliError } from "../process/cliError.ts";
import { namespaceValue, secondsValue } from "../process/optionValues.ts";
import { parseDuration } from "../../loadtest/model/parseDuration.ts";
import type { ForWorkload, LoadText, PlanRequest } from "../planning/request.ts";
import { parseObjectives } from "../planning/objectives.ts";
import { parseSetting, parseSweep } from "../planning/settings.ts";
import { parseOptions } from "./options.ts";

export const PLAN_HELP = `usage: ownsignal plan [-k OVERLAY] [-f FILE] --load WORKLOAD:CURVE [OPTION]...
       ownsignal plan [-k OVERLAY] -f FILE [OPTION]...
       ownsignal plan -k OVERLAY -f FILE --mutate [OPTION]...
       ownsignal plan --from REPORT [--set WORKLOAD.SETTING=VALUE]... [OPTION]...

Predicts how many replicas each workload will have under a load, by the algorithms of the HPA and of KEDA in virtual time. Nothing is sent, nothing is changed.

  -k, --kustomize OVERLAY  a folder that kubectl kustomize renders; - for YAML on standard input; without it the live objects of a namespace
  -f, --file FILE          autoscaling.yaml: its names of workloads, and without --load its scenarios, with what is predicted of their assertions
  --mutate                 breaks the manifests in one place after the other, and says what of FILE and which rule of the doctor detects each. Under 30 s
  --load WORKLOAD:CURVE    repeated, or WORKLOAD.METRIC:CURVE where it scales on several. CURVE is N@TIME, N/s@TIME..TIME, ramp:A-B@TIME..TIME,
                           spikes:N@TIME..TIME/TIME, several with commas, or file:CURVE.csv with the columns seconds,value.
                           A queue gets N messages; CPU has a total of N that replicas share (1200m), memory N each; other metrics stand at N
  --from REPORT            the configuration, load, throughput and pod start of a proof: a report.json or its folder
  --scenario NAME          of that report; else its first that scaled something
  --calibrate REPORT       throughput and pod start alone
  --rate [WORKLOAD=]N/s    messages that one replica processes
  --concurrency [WORKLOAD=]N   messages that one replica works on at once; 1 by default
  --start [WORKLOAD=]TIME  from a pod's creation to ready
  --set WORKLOAD.SETTING=VALUE   repeated: the forecast with this setting, beside the one without
  --sweep WORKLOAD.SETTING=VALUE,VALUE   repeated: one table of forecasts, each with one of these settings; with --set on top of it
  --recommend OBJECTIVES   settings that meet them at the least pod-seconds, as in "drain < 60s, orderAge.p95 < 30s"; of drain, orderAge.p95, firstPod,
                           allPods, idle, podSeconds, replicas. Told only where the forecast lies clear of the current settings'
  --for TIME               how long; until it is idle again by default
  --runs N, --seed N       runs that the band is of (100), and what they are drawn by (1)
  --context NAME, -n, --namespace NAME   of the live objects
  --json                   the forecast on standard output, and nothing else there
  --html FILE              writes it as a page as well, with the charts of the proof's report; not with --mutate
  -h, --help               this

Exit codes: 0 done; of --mutate: every mutant is detected. 1 of --mutate: one survived. 2 it could not be: what is missing and how to get it is said.
`;

const OPTIONS = {
  kustomize: { type: "string", short: "k" },
  file: { type: "string", short: "f" },
  load: { type: "string", multiple: true },
  from: { type: "string" },
  scenario: { type: "string" },
  calibrate: { type: "string" },
  rate: { type: "string", multiple: true },
  concurrency: { type: "string", multiple: true },
  start: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  sweep: { type: "string", multiple: true },
  recommend: { type: "string" },
  mutate: { type: "boolean" },
  for: { type: "string" },
  runs: { type: "string" },
  seed: { type: "string" },
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
  json: { type: "boolean" },
  html: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Undefined where help is asked for. @throws {CliError} naming the option that is wrong. */
export function parsePlanOptions(args: readonly string[]): PlanRequest | undefined {
  const { values } = parseOptions("plan", args, OPTIONS, 0);
  if (values.help === true) return undefined;
  const request: PlanRequest = {
    overlay: values.kustomize,
    file: values.file,
    loads: (values.load ?? []).map(loadText),
    from: values.from,
    scenario: values.scenario,
    calibrate: values.calibrate,
    rates: (values.rate ?? []).map((text) => forWorkload("--rate", text, rateValue)),
    concurrencies: (values.concurrency ?? []).map((text) => forWorkload("--concurrency", text, concurrencyValue)),
    starts: (values.start ?? []).map((text) => forWorkload("--start", text, startValue)),
    settings: (values.set ?? []).map(parseSetting),
    sweeps: (values.sweep ?? []).flatMap(parseSweep),
    objectives: values.recommend === undefined ? [] : parseObjectives(values.recommend),
    mutate: values.mutate === true,
    forSeconds: secondsValue("--for", values.for, 1),
    runs: wholeValue("--runs", values.runs, 100, 20, 1000),
    seed: wholeValue("--seed", values.seed, 1, 0, 2 ** 32 - 1),
    context: values.context,
    namespace: namespaceValue(values.namespace),
    json: values.json === true,
    html: values.html,
  };
  requireSource(request);
  return request;
}

function requireSource(request: PlanRequest): void {
  const { from, overlay, loads, scenario, file } = request;
  if (request.mutate) requireMutable(request);
  if (from !== undefined && (overlay !== undefined || loads.length > 0)) {
    throw new CliError(
      `--from brings its own configuration and load: ${overlay === undefined ? "--load" : "-k"} does not go with it`,
      "take throughput and pod start from the report alone: --calibrate REPORT",
    );
  }
  if (from === undefined && scenario !== undefined)
    throw new CliError("--scenario is one of a report", "name it: --from REPORT");
  if (from === undefined && loads.length === 0 && file === undefined) {
    throw new CliError(
      "there is no load to plan for",
      "give one, for example --load worker:4000@0s, or those of a file: -f autoscaling.yaml, or a recorded run: --from report.json",
    );
  }
}

function requireMutable({ overlay, file, from, loads, settings, sweeps, objectives, html }: PlanRequest): void {
  if (overlay === undefined || file === undefined) {
    throw new CliError("--mutate needs manifests and a file", "give both: -k OVERLAY -f autoscaling.yaml");
  }
  const others = [
    from === undefined ? "" : "--from",
    loads.length === 0 ? "" : "--load",
    settings.length === 0 ? "" : "--set",
    sweeps.length === 0 ? "" : "--sweep",
    objectives.length === 0 ? "" : "--recommend",
    html === undefined ? "" : "--html",
  ].filter((name) => name !== "");
  if (others.length > 0) {
    throw new CliError(
      `--mutate simulates the file's own loads, and its result is text or --json: ${others.join(", ")} does not go with it`,
      "leave it out",
    );
  }
}

function loadText(text: string): LoadText {
  const [, workload, metric, curve] = /^([^.:]+)(?:\.([^:]+))?:(.+)$/.exec(text) ?? [];
  if (workload === undefined || curve === undefined) {
    throw new CliError(`--load: "${text}" is no load`, "give WORKLOAD:CURVE, for example --load worker:4000@0s");
  }
  return { option: `--load ${text}`, workload, metric: metric ?? null, curve };
}

function forWorkload<T>(option: string, text: string, valueOf: (option: string, text: string) => T): ForWorkload<T> {
  const [, workload, value] = /^(?:([^=]+)=)?(.+)$/.exec(text) ?? [];
  return { workload: workload ?? null, value: valueOf(option, value ?? "") };
}

function rateValue(option: string, text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)\/s$/.exec(text) ?? [];
  const rate = Number(digits);
  if (rate > 0) return rate;
  throw new CliError(`${option}: "${text}" is no rate`, `give messages a second of one replica: ${option} 40/s`);
}

function concurrencyValue(option: string, text: string): number {
  return wholeValue(option, text, 1, 1, 10_000);
}

function startValue(option: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds <= 3600) return seconds;
  throw new CliError(`${option}: "${text}" is no time that a pod takes to start`, `give one up to 1h: ${option} 3s`);
}

function wholeValue(option: string, text: string | undefined, otherwise: number, least: number, most: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new CliError(`${option}: "${text}" cannot be`, `give a whole number from ${least} to ${most}`);
}
