import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { entry } from "../entry.ts";
import { ROOT } from "../paths.ts";
import { say } from "../progress.ts";
import { dashboardFiles } from "./files.ts";

await entry(async () => {
  for (const { path, text } of await dashboardFiles()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    say(`wrote ${relative(ROOT, path)}`);
  }
  return 0;
});
