import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages } from "../cluster/embedded/packages.ts";
import { runMain } from "../process/runMain.ts";
import { runJest } from "../process/jest.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { schemaLocation } from "../schemas/schemas.ts";
import { runInherited } from "../process/runInherited.ts";
import { toolset } from "../toolsets/toolsets.ts";

/** What the tests run besides npm packages. */
const PACKAGES = [
  ["/usr/bin/redis-check-rdb", "redis-tools"],
  [process.env.CHROMIUM ?? "/usr/bin/chromium", "chromium"],
  // Without any font a page has no width to look at.
  ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core"],
] as const;

await runMain(async () => {
  say("Every test that needs no cluster: about 6 min, and ten more the first time.");
  await installPackages(PACKAGES);
  const kustomize = await toolset("kustomize");
  // Built here, where it is said how long that takes, and not within the time of a test.
  for (const name of ["kubeconform", "kube-score", "prometheus"] as const) await toolset(name);
  await schemaLocation();
  const results = join(ROOT, "out/test");
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const failed: string[] = [];
  // Named paths narrow the run to these tests.
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    for (const [title, command, ...args] of [
      ["types", "tsc", "--noEmit"],
      ["types of the report's page", "tsc", "--noEmit", "-p", "loadtest/report/page"],
      ["lint", "eslint", "--max-warnings=0", "."],
      ["direction of imports", "npm", "run", "--silent", "imports"],
      ["format", "prettier", "--check", "--log-level=warn", "."],
    ] as const) {
      if ((await runInherited(title, command, args)) !== 0) failed.push(title);
    }
  }
  const code = await runJest("jest.config.mjs", join(results, "jest.json"), paths, {
    KUSTOMIZE: kustomize.binary("kustomize"),
  });
  if (code !== 0) failed.push("tests");
  if (failed.length === 0) return 0;
  say(`\nfailed: ${failed.join(", ")}`);
  return 1;
});
