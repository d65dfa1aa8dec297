import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../src/shared/messageOf.ts";
import type { LoadResult } from "../../model/load.ts";
import { deliveredIn, deliveredOnly, type RunningLoad } from "./running.ts";
import { parseSummary, trendStats } from "./k6Summary.ts";

/** k6's exit code for thresholds that were crossed; the load itself was run to its end. */
const THRESHOLDS_FAILED = 99;
/** How long a program gets to write its summary after SIGTERM. */
const GRACE_MS = 8000;

/** A program of this machine that is a load. */
export interface ProgramLoad {
  kind: "k6" | "node" | "command";
  /** k6's binary. */
  k6Path: string;
  /** The script's path; for a command, its words. */
  script: string | readonly [string, ...string[]];
  /** Where it is run; the caller's own folder by default. */
  folder?: string;
  name: string;
  outDir: string;
  environment: Record<string, string>;
  /** After which it is stopped, as broken. */
  timeoutSeconds: number;
}

/**
 * Starts `k6 run`; or a program of Node's that does as k6 does: its counts in SUMMARY_FILE in the shape of k6's, its exit codes k6's; or a command that ends by
 * a line `delivered N`. Beside `<name>.txt`, the load's own lines, the folder gets its report and log in `<name>.log` and k6's summary in `<name>.summary.json`.
 */
export async function startProgram(load: ProgramLoad): Promise<RunningLoad> {
  const outputFile = join(load.outDir, `${load.name}.txt`);
  const summaryFile = join(load.outDir, `${load.name}.summary.json`);
  const logFile = join(load.outDir, `${load.name}.log`);
  // k6 appends to the one, and leaves an old other one where it breaks.
  await Promise.all([rm(outputFile, { force: true }), rm(summaryFile, { force: true })]);

  const { program, args, environment } = commandOf(load, { outputFile, summaryFile });
  const child = spawn(program, args, {
    env: { ...withoutK6(process.env), ...load.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // What a command starts ends with it.
    detached: load.kind === "command",
    ...(load.folder === undefined ? {} : { cwd: load.folder }),
  });
  const log = createWriteStream(logFile);
  const output = load.kind === "command" ? createWriteStream(outputFile) : undefined;
  child.stdout.pipe(output ?? log, { end: false });
  child.stderr.pipe(log, { end: false });
  let lastError = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    lastError = (lastError + chunk).slice(-2000);
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (load.kind !== "command" || child.pid === undefined) {
      child.kill(signal);
      return;
    }
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The whole group has ended already.
    }
  };

  let stopReason: string | undefined;
  let over = false;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: string): void => {
    if (stopReason !== undefined || over) return;
    stopReason = reason;
    kill("SIGTERM");
    killTimer = setTimeout(() => {
      kill("SIGKILL");
    }, GRACE_MS);
  };
  const timeLimit = setTimeout(() => {
    stop(`it had not ended after ${load.timeoutSeconds} s`);
  }, load.timeoutSeconds * 1000);
  // A load must not outlive the proof, however that ends.
  const onExit = (): void => {
    kill("SIGKILL");
  };
  process.once("exit", onExit);

  const what = load.kind === "command" ? program : load.kind;
  const result = new Promise<LoadResult>((resolve) => {
    child.once("error", (error) => {
      resolve({
        kind: "broke",
        exitCode: null,
        reason: `${load.kind} at ${program} cannot be run: ${messageOf(error)}`,
      });
    });
    child.once("close", (exitCode, signal) => {
      if (stopReason !== undefined) resolve({ kind: "broke", exitCode, reason: `${what} was stopped: ${stopReason}` });
      else resolve(resultOf({ what, load, exitCode, signal, lastError, outputFile, summaryFile, logFile, output }));
    });
  }).finally(() => {
    over = true;
    clearTimeout(timeLimit);
    clearTimeout(killTimer);
    process.removeListener("exit", onExit);
    log.end();
    output?.end();
  });
  return { result, outputFile, summaryFile, stop };
}

function commandOf(
  { kind, k6Path, script }: ProgramLoad,
  { outputFile, summaryFile }: { outputFile: string; summaryFile: string },
): { program: string; args: string[]; environment: Record<string, string> } {
  if (typeof script !== "string") {
    const [program, ...args] = script;
    return { program, args, environment: {} };
  }
  if (kind === "node") return { program: process.execPath, args: [script], environment: { SUMMARY_FILE: summaryFile } };
  return {
    program: k6Path,
    args: [
      "run",
      "--quiet",
      "--no-color",
      "--no-usage-report",
      "--address=",
      "--log-format=raw",
      `--summary-trend-stats=${trendStats.join(",")}`,
      `--console-output=${outputFile}`,
      `--summary-export=${summaryFile}`,
      script,
    ],
    environment: {},
  };
}

async function resultOf(end: {
  what: string;
  load: ProgramLoad;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  lastError: string;
  outputFile: string;
  summaryFile: string;
  logFile: string;
  output: NodeJS.WritableStream | undefined;
}): Promise<LoadResult> {
  const { what, load, exitCode, signal } = end;
  if (exitCode !== 0 && !(load.kind !== "command" && exitCode === THRESHOLDS_FAILED)) {
    const lastLine = end.lastError.trim().split("\n").at(-1) ?? "";
    const how = signal === null ? `with exit code ${exitCode ?? "none"}` : `by ${signal}`;
    return { kind: "broke", exitCode, reason: `${what} ended ${how}: ${lastLine || `see ${end.logFile}`}` };
  }
  if (load.kind === "command") {
    await new Promise<void>((resolve) => {
      if (end.output === undefined) resolve();
      else end.output.end(resolve);
    });
    const delivered = deliveredIn(await readFile(end.outputFile, "utf8").catch(() => ""));
    return delivered === undefined
      ? { kind: "broke", exitCode, reason: `${what} printed no line "delivered N", so what it sent is not known` }
      : deliveredOnly(delivered);
  }
  try {
    return { kind: "ran", exitCode, counts: parseSummary(await readFile(end.summaryFile, "utf8")) };
  } catch (error) {
    return { kind: "broke", exitCode, reason: `${what}'s summary cannot be read: ${messageOf(error)}` };
  }
}

/** A K6_… variable of the caller's would change the declared load. */
function withoutK6(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("K6_")));
}
