import type { KubeConfig } from "@kubernetes/client-node";
import type { Load } from "../../model/scenario.ts";
import { startJob } from "./job.ts";
import { startNothing } from "./nothing.ts";
import { startProgram } from "./program.ts";
import type { RunningLoad } from "./running.ts";

/** Starts a load, whatever runs it. Its files are named by `name`, in `outDir`. */
export async function startLoad(
  { program, environment, seconds, timeoutSeconds }: Load,
  at: { kubeConfig: KubeConfig; k6Path: string; name: string; outDir: string },
): Promise<RunningLoad> {
  const { k6Path, name, outDir } = at;
  const common = { k6Path, name, outDir, environment, timeoutSeconds };
  switch (program.kind) {
    case "k6":
    case "node":
      return startProgram({ ...common, kind: program.kind, script: program.script });
    case "command":
      return startProgram({ ...common, kind: "command", script: program.command, folder: program.folder });
    case "job":
      return startJob({ ...at, ...program, timeoutSeconds });
    case "none":
      return startNothing({ name, outDir, seconds });
  }
}
