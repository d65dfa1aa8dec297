import { parseArgs } from "node:util";
import * as z from "zod";
import { WORKER_ON_CPU } from "../../loadtest/targets/orders/compare/workerOnCpu.ts";
import { type Profile, profiles } from "../../loadtest/k6/lib/profiles.ts";
import { scenariosOf } from "../../loadtest/targets/orders/catalogue.ts";
import {
  faultNumbers,
  faultScenarioNames,
  faultsElsewhere,
  scenarioNames,
  type ScenarioName,
} from "../../loadtest/targets/orders/scenarios/names.ts";
import { type OverlayName, overlayNames } from "../../loadtest/targets/orders/overlays.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { CliError } from "../process/cliError.ts";
import { isDeployedHere } from "./named.ts";
import { namespaceValue, secondsValue, seedValue } from "../process/optionValues.ts";

/** What `./scripts/prove` is to do. */
export type Request = { kind: "help" } | { kind: "list" } | ProveRequest;

export interface ProveRequest {
  kind: "prove" | "print-role";
  /** Which overlay is proven. */
  overlay: OverlayName;
  profile: Profile;
  /** In the order in which they run. */
  scenarios: readonly ScenarioName[];
  /** From which every choice by chance follows. */
  seed: number;
  /** A kubectl context; undefined for the cluster that `CLUSTER` names, or that fits this machine. */
  context: string | undefined;
  namespace: string | undefined;
  /** Where the report goes; undefined for a folder of its own under out/proof. */
  outDir: string | undefined;
  /** Whether standard output gets the report as JSON, and nothing else. */
  json: boolean;
  /** Where junit.xml is to be as well. */
  junitFile: string | undefined;
  /** False where it was switched off; the output has to be a terminal as well. */
  color: boolean;
  timeoutSeconds: number | undefined;
  /** Whether the loads are run although the doctor finds an error. */
  ignoreFindings: boolean;
  soakSeconds: number | undefined;
  compare: typeof WORKER_ON_CPU | undefined;
  /** A k6 of the caller's own; undefined for the pinned one. */
  k6Path: string | undefined;
}

const OPTIONS = {
  scenario: { type: "string", multiple: true },
  fault: { type: "string", multiple: true },
  profile: { type: "string" },
  seed: { type: "string" },
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
  overlay: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
  junit: { type: "string" },
  "no-color": { type: "boolean" },
  timeout: { type: "string" },
  "ignore-findings": { type: "boolean" },
  "soak-duration": { type: "string" },
  compare: { type: "string" },
  k6: { type: "string" },
  "print-role": { type: "boolean" },
  list: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;
type OptionName = keyof typeof OPTIONS;
const NAMES = Object.keys(OPTIONS) as OptionName[];

/** A value of each option, for the message that it is missing. */
const EXAMPLES: Partial<Record<OptionName, string>> = {
  scenario: "queue-backlog",
  fault: "7",
  profile: "standard",
  seed: "1",
  context: "my-cluster",
  namespace: "orders",
  overlay: "azure",
  out: "out/mine",
  junit: "junit.xml",
  timeout: "20m",
  "soak-duration": "30m",
  compare: "worker-on-cpu",
  k6: "/usr/bin/k6",
};

const SHORTEST_SOAK_SECONDS = 60;

/**
 * Reads the command line.
 * @throws {CliError} that says which argument is wrong, and what would be right.
 */
export function parseRequest(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Request {
  const given = optionsIn(args);
  if (given.has("help")) return { kind: "help" };
  if (given.has("list")) return { kind: "list" };
  const last = (name: OptionName): string | undefined => given.get(name)?.at(-1);

  const profile = oneOf("--profile", "profile", profiles, last("profile")) ?? "smoke";
  const scenarios = requested(given) ?? scenariosOf(profile);
  const soakSeconds = secondsValue("--soak-duration", last("soak-duration"), SHORTEST_SOAK_SECONDS);
  if (soakSeconds !== undefined && !scenarios.includes("soak")) {
    throw new CliError(
      "--soak-duration is for scenario soak, which is not among those to be run",
      "add --profile soak, or leave --soak-duration out",
    );
  }
  const overlay = oneOf("--overlay", "overlay", overlayNames, last("overlay")) ?? "dev";
  const compare = oneOf("--compare", "variant", [WORKER_ON_CPU], last("compare"));
  if (compare !== undefined && !isDeployedHere({ overlay, context: last("context"), namespace: last("namespace") })) {
    throw new CliError(
      "--compare deletes an autoscaler and applies the overlay again, and with --context, --namespace or --overlay azure nothing is deployed from here",
      "leave out one or the other",
    );
  }
  return {
    kind: given.has("print-role") ? "print-role" : "prove",
    overlay,
    profile,
    scenarios,
    seed: seedValue(last("seed")),
    soakSeconds,
    context: last("context"),
    namespace: namespaceValue(last("namespace")),
    outDir: last("out"),
    json: given.has("json"),
    junitFile: last("junit"),
    // https://no-color.org
    color: !given.has("no-color") && (environment.NO_COLOR ?? "") === "",
    timeoutSeconds: secondsValue("--timeout", last("timeout"), 1),
    ignoreFindings: given.has("ignore-findings"),
    compare,
    k6Path: last("k6"),
  };
}

/** Each option that was given, with its values; one without a value has none. */
function optionsIn(args: readonly string[]): Map<OptionName, string[]> {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<OptionName, string[]>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw unexpected(token.value);
    const name = NAMES.find((known) => known === token.name);
    if (name === undefined) throw unknownOption(token.rawName);
    const values = given.get(name) ?? [];
    given.set(name, values);
    if (OPTIONS[name].type === "boolean") {
      if (token.value !== undefined) {
        throw new CliError(`--${name} takes no value, and was given "${token.value}"`, `give --${name} alone`);
      }
      continue;
    }
    const example = `for example --${name} ${EXAMPLES[name] ?? ""}`;
    if (token.value === undefined || token.value === "") throw new CliError(`--${name} has no value`, example);
    if (!token.inlineValue && token.value.startsWith("-")) {
      throw new CliError(`--${name} has no value: "${token.value}" behind it is an option`, example);
    }
    values.push(token.value);
  }
  return given;
}

function unexpected(value: string): CliError {
  const scenario = suggest(value, scenarioNames);
  return new CliError(
    `"${value}" is no option`,
    scenario === undefined ? "--help shows what there is" : `for one scenario: --scenario ${scenario}`,
  );
}

function unknownOption(rawName: string): CliError {
  const near = suggest(rawName.replace(/^-+/, ""), NAMES);
  return new CliError(
    `there is no option ${rawName}`,
    near === undefined ? "--help shows what there is" : `did you mean --${near}? --help shows all`,
  );
}

/** The scenarios that are named, by their own names or by the numbers of their faults; undefined where none is. */
function requested(given: ReadonlyMap<OptionName, string[]>): ScenarioName[] | undefined {
  const named = scenariosIn(given.get("scenario"));
  const faults = faultsIn(given.get("fault"));
  if (named === undefined || faults === undefined) return named ?? faults;
  return scenarioNames.filter((name) => named.includes(name) || faults.includes(name));
}

function faultsIn(values: readonly string[] | undefined): ScenarioName[] | undefined {
  if (values === undefined) return undefined;
  const known = [...new Set(Object.values(faultNumbers))].map(String);
  const chosen = values
    .flatMap((value) => value.split(","))
    .map((text) => {
      const number = text.trim();
      const elsewhere = faultsElsewhere[number];
      if (elsewhere !== undefined) throw new CliError(`fault ${number} is no scenario`, `it is shown by ${elsewhere}`);
      return oneOf("--fault", "fault", known, number);
    });
  return faultScenarioNames.filter((name) => chosen.includes(String(faultNumbers[name])));
}

function scenariosIn(values: readonly string[] | undefined): ScenarioName[] | undefined {
  if (values === undefined) return undefined;
  const named = values.flatMap((value) => value.split(",")).map((name) => name.trim());
  const chosen = named.map((name) => oneOf("--scenario", "scenario", scenarioNames, name));
  return scenarioNames.filter((name) => chosen.includes(name));
}

function oneOf<T extends string>(
  option: string,
  what: string,
  names: readonly T[],
  value: string | undefined,
): T | undefined {
  if (value === undefined) return undefined;
  const found = z.enum(names as readonly [T, ...T[]]).safeParse(value);
  if (found.success) return found.data;
  const near = suggest(value, names);
  throw new CliError(
    `${option}: there is no ${what} "${value}"`,
    `${near === undefined ? "" : `did you mean ${near}? `}there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`,
  );
}
