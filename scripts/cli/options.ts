import { parseArgs, type ParseArgsConfig } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";

/**
 * Reads a subcommand's options and the words beside them.
 * @throws {CliError} for an option that is not known or has no value, and for more words than `mostWords`.
 */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  subcommand: string,
  args: readonly string[],
  options: Options,
  mostWords: number,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>> {
  const fix = `ownsignal ${subcommand} --help shows what there is`;
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const extra = parsed.positionals[mostWords];
    if (extra === undefined) return parsed;
    throw new CliError(`"${extra}" is one argument too many`, fix);
  } catch (error) {
    if (error instanceof CliError) throw error;
    // Node adds how to pass such a word as an argument, which no subcommand takes.
    const [what = ""] = messageOf(error).split(". To specify");
    throw new CliError(what, fix, { cause: error });
  }
}
