import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseClusterBenchRequest } from "../../../../bench/cluster/options.ts";
import { parseScaleRequest } from "../../../../bench/scale/options.ts";
import { parseAccuracyRequest } from "../../../../scripts/accuracy/options.ts";
import { parsePlanOptions } from "../../../../scripts/cli/planOptions.ts";
import { parseProveOptions } from "../../../../scripts/cli/proveOptions.ts";
import { SUBCOMMANDS } from "../../../../scripts/cli/subcommands.ts";
import { parseExamplesRequest } from "../../../../scripts/examples/options.ts";
import { CATALOGUE } from "../../../../scripts/mutants/catalogue.ts";
import { parseMutantsRequest } from "../../../../scripts/mutants/options.ts";
import { parseRequest } from "../../../../scripts/proof/options.ts";
import { ROOT } from "../../../../scripts/process/paths.ts";
import { parseSeriesRequest } from "../../../../scripts/series/options.ts";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import { exists } from "./paths.ts";
import { parseReferenceRequest } from "../../../reference/options.ts";

/** Reads arguments as the command does. @throws where the command would. */
type Parser = (args: readonly string[]) => unknown;

const NPM_SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

/** Without a file it is the orders system's, in a clone. */
const PROVE: Parser = (args) =>
  args.some((arg) => /^(-f|--file)/.test(arg)) ? parseProveOptions(args) : parseRequest(args);
const PLAN: Parser = parsePlanOptions;

/** Parsers of commands that are no subcommand of ownsignal. Of one that is not here any option is wrong. */
const PARSERS: Readonly<Record<string, Parser>> = {
  "./scripts/down": (args) => {
    runHelp("scripts/commands/down.ts", args);
  },
  // A pattern of test paths, or jest's own options.
  "npm test": () => undefined,
  "npm run bench:cluster": parseClusterBenchRequest,
  "npm run bench:scale": parseScaleRequest,
  "npm run bench:emulator": (args) => {
    runHelp("bench/emulator.ts", args);
  },
  "npm run measure:planner": parseAccuracyRequest,
  "npm run test:examples": (args) => parseExamplesRequest(args, ["podinfo-cpu", "redis-list"]),
  "npm run test:mutants": (args) => parseMutantsRequest(args, CATALOGUE),
  "npm run test:reference": parseReferenceRequest,
  "./scripts/prove": PROVE,
  "ownsignal prove": PROVE,
  "ownsignal plan": PLAN,
  "./scripts/run series": parseSeriesRequest,
  "./scripts/doctor": (args) => runSubcommand("doctor", args),
  ...Object.fromEntries(
    ["watch", "emulator"].map((name) => [`npm run ${name}`, (args: readonly string[]) => runSubcommand(name, args)]),
  ),
};

/** Parsers that do nothing but read, so that they can be given a page's arguments as they are. */
const READS_ONLY = new Set<Parser>([PROVE, PLAN]);

/** The subcommand itself; with --help it reads all of its options first, and then does nothing else. */
async function runSubcommand(name: string, args: readonly string[]): Promise<void> {
  await SUBCOMMANDS[name]?.run(args);
}

function runHelp(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, file), ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/**
 * What is wrong with a command that a page names; nothing of commands that are not this project's.
 * @param whole whether it stands there as one types it. In a sentence it may lack values and other options.
 */
export async function problemOf(words: readonly string[], whole: boolean): Promise<string | undefined> {
  const command = commandOf(words);
  if (command === undefined) return undefined;
  if (command.problem !== undefined) return command.problem;
  const { name, args, parser } = command;
  const overlay = name.endsWith(" doctor") || name === "./scripts/doctor" ? overlayOf(args) : undefined;
  if (overlay !== undefined && !exists(overlay)) return `${name}: there is no overlay ${overlay}`;
  if (!args.some((arg) => arg.startsWith("-"))) return undefined;
  if (parser === undefined) return `${name} takes no options: ${args.join(" ")}`;
  const placeholders = args.filter((arg) => /^\$|^[A-Z_]+$/.test(arg));
  // With --help every command reads its options, and not all of their values.
  const readsValues = whole && READS_ONLY.has(parser) && placeholders.length === 0;
  const problem = await rejection(parser, readsValues ? args : [...args, "--help"]);
  if (problem === undefined || placeholders.some((word) => problem.includes(word))) return undefined;
  return !whole && /missing|ambiguous|has no value/.test(problem) ? undefined : `${name}: ${problem}`;
}

/** The folder that a call of the doctor names; undefined where it names none, or a placeholder. */
function overlayOf(args: readonly string[]): string | undefined {
  const words = args.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--context");
  return words.find((word) => !/^([A-Z_]+|overlay)$/.test(word));
}

async function rejection(parser: Parser, args: readonly string[]): Promise<string | undefined> {
  try {
    await parser(args);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The others start a process each. */
const SPAWNED = ["npm test", "npm run bench:emulator"];

/** Whether any command has the option, but for benchmarks. */
export async function isKnownOption(option: string): Promise<boolean> {
  const names = [...Object.keys(SUBCOMMANDS).map((name) => `ownsignal ${name}`), ...Object.keys(PARSERS)];
  for (const name of names.filter((one) => !SPAWNED.includes(one))) {
    const words = name.startsWith("npm run ") ? [...name.split(" "), "--", option] : [...name.split(" "), option];
    if ((await problemOf(words, false)) === undefined) return true;
  }
  return false;
}

interface Command {
  name: string;
  args: readonly string[];
  parser: Parser | undefined;
  problem?: string;
}

function commandOf(words: readonly string[]): Command | undefined {
  const [program = "", ...rest] = words;
  if (program === "npx") return commandOf(rest.filter((word, index) => index > 0 || !word.startsWith("-")));
  if (program === "ownsignal" || program === "./scripts/ownsignal" || /^\.\/ownsignal-.*\.tgz$/.test(program)) {
    const [subcommand = "--help", ...args] = rest;
    const name = `ownsignal ${subcommand}`;
    // A placeholder for any of them.
    if (/^(--help|--version|subcommand|X)$/.test(subcommand)) return undefined;
    if (!Object.hasOwn(SUBCOMMANDS, subcommand))
      return { name, args, parser: undefined, problem: `there is no ${name}` };
    return { name, args, parser: PARSERS[name] ?? ((given) => runSubcommand(subcommand, given)) };
  }
  if (program === "./scripts/run") {
    const [module = "", ...args] = rest;
    const name = `${program} ${module}`;
    const exists = existsSync(join(ROOT, `scripts/commands/${module}.ts`));
    return { name, args, parser: PARSERS[name], ...(exists ? {} : { problem: `there is no ${name}` }) };
  }
  if (program.startsWith("./scripts/")) {
    if (!existsSync(join(ROOT, program)))
      return { name: program, args: rest, parser: undefined, problem: `there is no ${program}` };
    return { name: program, args: rest, parser: PARSERS[program] };
  }
  if (program !== "npm") return undefined;
  const [verb = "", script = ""] = rest;
  if (verb === "test") return { name: "npm test", args: rest.slice(1), parser: PARSERS["npm test"] };
  if (verb !== "run" || script === "") return undefined;
  const name = `npm run ${script}`;
  if (!Object.hasOwn(NPM_SCRIPTS, script))
    return { name, args: [], parser: undefined, problem: `package.json has no script ${script}` };
  const [separator, ...args] = rest.slice(2);
  const problem =
    separator === undefined || separator === "--"
      ? {}
      : { problem: `${name}: npm takes ${separator} for itself without -- before it` };
  return { name, args, parser: PARSERS[name], ...problem };
}
