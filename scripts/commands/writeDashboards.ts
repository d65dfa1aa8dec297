import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { runMain } from "../process/runMain.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { dashboardFiles } from "../dashboards/files.ts";

await runMain(async () => {
  for (const { path, text } of await dashboardFiles()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    say(`wrote ${relative(ROOT, path)}`);
  }
  return 0;
});
