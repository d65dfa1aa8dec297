import { spawn } from "node:child_process";
import { ROOT } from "./paths.ts";
import { say } from "./progress.ts";

/** Runs a command whose output is a person's to read as it comes; gives back its exit code, 1 when a signal ended it. */
export async function runInherited(
  title: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  say(`==> ${title}`);
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
