import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { CrashSummary } from "./rounds.ts";

/** Runs the crash test in a process of its own; its progress goes to standard error as it comes. @throws with what it said when it failed. */
export async function crashInOwnProcess(rounds: number, seed: number): Promise<CrashSummary> {
  const script = join(import.meta.dirname, "run.ts");
  const child = spawn(process.execPath, [script, String(rounds), String(seed)], { stdio: ["ignore", "pipe", "pipe"] });
  let result = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (result += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    process.stderr.write(chunk);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`SEED=${seed}: the crash test left with ${code ?? "a signal"}:\n${said}`);
  return JSON.parse(result) as CrashSummary;
}
