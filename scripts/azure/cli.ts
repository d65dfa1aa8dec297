import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { withWorkFolder } from "../process/cache.ts";
import { CliError } from "../process/cliError.ts";
import { CACHE } from "../process/paths.ts";
import { step } from "../process/progress.ts";

/** It pins most of what it depends on itself. */
export const AZURE_CLI_VERSION = "2.91.0";

const INSTALL_TIMEOUT_MS = 30 * 60_000;
/** For a command that does not exist it loads all of its modules; the machine may be busy. */
const HELP_TIMEOUT_MS = 30 * 60_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;

const run = promisify(execFile);

/** What each of these commands prints with `--help`, nothing for one that does not exist. Without a login, and without the network. */
export type HelpsOf = (commands: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Before each command's help. */
const MARK = "\f";
/** All in one process, which takes seconds where a process each would take minutes. */
const PRINT_HELPS = `
import sys
from azure.cli.core import get_default_cli
for command in sys.argv[1:]:
    print("\\f" + command, flush=True)
    try:
        get_default_cli().invoke(command.split() + ["--help"])
    except SystemExit:
        pass
`;

/**
 * The pinned Azure CLI, installed once into the cache from PyPI.
 * @throws {CliError} where there is no Python with venv, or PyPI cannot be reached.
 */
export async function azureCli(): Promise<HelpsOf> {
  const folder = join(CACHE, "azure-cli", AZURE_CLI_VERSION);
  const python = join(folder, "bin/python");
  if (!existsSync(python)) {
    await step(`installing Azure CLI ${AZURE_CLI_VERSION} from PyPI (750 MB)`, () => install(folder), "5 min");
  }
  const environment = {
    ...process.env,
    AZURE_CONFIG_DIR: join(CACHE, "azure-cli", "configuration"),
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    AZURE_EXTENSION_USE_DYNAMIC_INSTALL: "no",
  };
  return async (commands) => {
    const { stdout } = await run(python, ["-c", PRINT_HELPS, ...commands], {
      ...{ env: environment, timeout: HELP_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES },
    });
    const parts = stdout.split(MARK).slice(1);
    return new Map(
      parts.map((part): [string, string] => {
        const end = part.indexOf("\n");
        return [part.slice(0, end), part.slice(end)];
      }),
    );
  };
}

async function install(folder: string): Promise<void> {
  try {
    await withWorkFolder(async (work) => {
      const made = join(work, "environment");
      await run("python3", ["-m", "venv", made], { timeout: INSTALL_TIMEOUT_MS });
      await run(join(made, "bin/python"), ["-m", "pip", "install", "--quiet", `azure-cli==${AZURE_CLI_VERSION}`], {
        ...{ timeout: INSTALL_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES },
      });
      await mkdir(dirname(folder), { recursive: true });
      // Only its scripts hold paths of where it was made, and they are not used.
      await rename(made, folder);
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw new CliError(
      `the Azure CLI could not be installed: ${said ?? String(error)}`,
      "install Python 3.10 or newer with venv, see that PyPI can be reached, and run the same command again",
      { cause: error },
    );
  }
}
