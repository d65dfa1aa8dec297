import { parseArgs } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { CliError } from "../process/cliError.ts";
import { runMain } from "../process/runMain.ts";

const HELP = `./scripts/down [--yes]

Deletes what ./scripts/up made, and nothing else. On a cluster of your own (CLUSTER=existing) it says what that is, and deletes it with --yes only.
`;

/** @throws {CliError} for an option that there is not. */
function optionsOf(args: string[]): { help: boolean; confirmed: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: { yes: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    return { help: values.help === true, confirmed: values.yes === true };
  } catch (error) {
    throw new CliError(messageOf(error), "./scripts/down --help names the options", { cause: error });
  }
}

await runMain(async () => {
  const { help, confirmed } = optionsOf(process.argv.slice(2));
  if (help) process.stdout.write(HELP);
  else await (await chooseProvider()).down({ confirmed });
  return 0;
});
