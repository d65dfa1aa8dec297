import { existsSync } from "node:fs";
import { cp, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { run } from "../process/command.ts";
import { CACHE, ROOT } from "../process/paths.ts";
import { step } from "../process/progress.ts";
import type { BuiltToolset } from "../toolsets/toolsets.ts";

const PNPM = "pnpm@12.21.0";

/**
 * Prometheus's web pages, built from the sources that its Go module carries: `go build` alone gives a server without them.
 * @returns a folder to be served as `/static`.
 */
export async function prometheusUi(prometheus: BuiltToolset): Promise<string> {
  const built = join(CACHE, "toolsets/prometheus-ui", prometheus.key, "static");
  if (existsSync(built)) return built;
  await step(
    "building Prometheus's web pages",
    () =>
      withWorkFolder(async (work) => {
        const sources = join(work, "ui");
        await cp(prometheus.kept("web/ui"), sources, { recursive: true });
        const options = {
          cwd: sources,
          env: {
            PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH ?? ""}`,
            npm_config_store_dir: join(work, "store"),
            CI: "true",
          },
        };
        const pnpm = ["exec", "--yes", `--package=${PNPM}`, "--"];
        await run(
          "npm",
          [...pnpm, "pnpm", "install", "--frozen-lockfile", "--filter", "@prometheus-io/mantine-ui..."],
          options,
        );
        await run("npm", [...pnpm, "bash", "build_ui.sh", "--mantine-ui"], options);
        await mkdir(dirname(built), { recursive: true });
        await rename(join(sources, "static"), built);
      }),
    "2 min the first time",
  );
  return built;
}
