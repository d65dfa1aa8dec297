import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import { runJest } from "../process/jest.ts";
import { ROOT } from "../process/paths.ts";

/** Runs the tests that change a cluster, on the one that is up; gives their exit code. */
export async function runNegativeControls(paths: readonly string[]): Promise<number> {
  // A cluster that does not answer is reported here, and not by each test.
  await (await chooseProvider()).attach();
  const results = join(ROOT, "out/negative-controls");
  await mkdir(results, { recursive: true });
  return runJest("jest.e2e.config.mjs", join(results, "jest.json"), paths);
}
