import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages } from "../cluster/embedded/packages.ts";
import { runJest } from "../process/jest.ts";
import { ROOT } from "../process/paths.ts";
import { runInherited } from "../process/runInherited.ts";
import { schemaLocation } from "../schemas/schemas.ts";
import { KUBERNETES_MINORS } from "../setup/controllers/versions.ts";
import { toolset } from "../toolsets/toolsets.ts";

/** What the tests run besides npm packages. */
const PACKAGES = [
  ["/usr/bin/redis-check-rdb", "redis-tools"],
  [process.env.CHROMIUM ?? "/usr/bin/chromium", "chromium"],
  // Without any font the text of a page has no width.
  ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core"],
] as const;

const STATIC_CHECKS = [
  ["types", "tsc", "--noEmit"],
  ["types of the report's page", "tsc", "--noEmit", "-p", "loadtest/report/page"],
  ["lint", "eslint", "--max-warnings=0", "."],
  ["direction of imports", "npm", "run", "--silent", "imports"],
  ["format", "prettier", "--check", "--log-level=warn", "."],
] as const;

/**
 * Runs every check that needs no cluster: types, lint, format and tests, for which it builds the tools.
 * @param paths where given, only the tests in these.
 * @returns what failed, by its title.
 */
export async function runTests(paths: readonly string[]): Promise<string[]> {
  await installPackages(PACKAGES);
  const kustomize = await toolset("kustomize");
  // Built here, where progress is printed, and not within the time limit of a test.
  for (const name of ["kubeconform", "kube-score", "prometheus"] as const) await toolset(name);
  for (const minor of KUBERNETES_MINORS) await schemaLocation(minor);
  const results = join(ROOT, "out/test");
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const failed: string[] = [];
  for (const [title, command, ...args] of paths.length === 0 ? STATIC_CHECKS : []) {
    if ((await runInherited(title, command, args)) !== 0) failed.push(title);
  }
  const environment = { KUSTOMIZE: kustomize.binary("kustomize") };
  const code = await runJest("jest.config.mjs", join(results, "jest.json"), paths, environment);
  return code === 0 ? failed : [...failed, "tests"];
}
