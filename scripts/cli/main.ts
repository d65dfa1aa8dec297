import { enableCompileCache } from "node:module";
import packageJson from "../../package.json" with { type: "json" };
import { CliError } from "../process/cliError.ts";
import { runMain } from "../process/runMain.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

/** What to leave with where a subcommand could not do its work: for the proof and the doctor, 1 is a result. */
const COULD_NOT = 2;

/** Runs `ownsignal` with these arguments, and sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  // Compiling is most of a start; the results are kept in the system's folder for temporary files.
  enableCompileCache();
  const [name = "", ...rest] = args;
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  const handlesSignals = subcommand?.handlesSignals ?? false;
  await runMain(() => subcommand?.run(rest) ?? withoutSubcommand(name), { failureCode: COULD_NOT, handlesSignals });
}

/** @throws {CliError} for what is neither a subcommand nor an option. */
function withoutSubcommand(name: string): Promise<number> {
  switch (name) {
    case "--version":
      process.stdout.write(`${packageJson.version}\n`);
      return Promise.resolve(0);
    case "--help":
    case "-h":
      process.stdout.write(help());
      return Promise.resolve(0);
    case "":
      process.stderr.write(help());
      return Promise.resolve(COULD_NOT);
    default:
      return Promise.reject(unknown(name));
  }
}

function unknown(name: string): CliError {
  const names = Object.keys(SUBCOMMANDS);
  if (name.startsWith("-")) {
    return new CliError(`there is no option ${name} before a subcommand`, `there are --help and --version`);
  }
  const near = suggest(name, names);
  return new CliError(
    `there is no subcommand "${name}"`,
    `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}`,
  );
}

function help(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `ownsignal ${packageJson.version}: ${packageJson.description}

  ownsignal <subcommand> [options]

${lines.join("\n")}

  --help     this; ownsignal <subcommand> --help shows its options
  --version

Exit code 0: done, nothing wrong found. 1: something wrong was found. 2: it could not be judged or done.
`;
}
