import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { wrongIn } from "../azure/check.ts";
import { AZURE_CLI_VERSION, azureCli } from "../azure/cli.ts";
import { azCommandsIn } from "../azure/commands.ts";
import { CliError } from "../process/cliError.ts";
import { ROOT } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";

/** Checks the commands of a page, docs/how-to/azure.md by default, against the pinned Azure CLI: `npm run azure:options [PAGE]`. */
await runMain(
  async () => {
    const page = resolve(process.argv[2] ?? `${ROOT}/docs/how-to/azure.md`);
    const name = relative(process.cwd(), page);
    const text = await readFile(page, "utf8").catch((cause: unknown) => {
      throw new CliError(`${name} cannot be read`, "name a Markdown file", { cause });
    });
    const commands = azCommandsIn(text);
    if (commands.length === 0) throw new CliError(`${name} has no command of az in its sh blocks`, "name another page");
    const helpsOf = await azureCli();
    const wrong = await step(
      `asking Azure CLI ${AZURE_CLI_VERSION} for the options of ${commands.length} commands`,
      () => wrongIn(commands, helpsOf),
      "1 min",
    );
    for (const line of wrong) say(`${name}: ${line}`);
    const options = commands.reduce((sum, one) => sum + one.options.length, 0);
    say(
      wrong.length === 0
        ? `${name}: ${commands.length} commands with ${options} options exist in Azure CLI ${AZURE_CLI_VERSION}`
        : `${name}: ${wrong.length} of ${commands.length} commands or ${options} options do not exist in Azure CLI ${AZURE_CLI_VERSION}`,
    );
    return wrong.length === 0 ? 0 : 1;
  },
  { failureCode: 2 },
);
