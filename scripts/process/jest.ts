import { join } from "node:path";
import { ROOT } from "./paths.ts";
import { runInherited } from "./runInherited.ts";

/** Runs jest with a configuration of this project, its results also as JSON; gives back its exit code. */
export async function runJest(
  configuration: string,
  resultsFile: string,
  paths: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  return runInherited(
    "tests",
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join(ROOT, "node_modules/jest/bin/jest.js"),
      ...["--config", configuration, "--json", "--outputFile", resultsFile, ...paths],
    ],
    environment,
  );
}
