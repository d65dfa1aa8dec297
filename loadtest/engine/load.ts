import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import { parseSummary } from "./k6Summary.ts";
import type { LoadResult } from "../model/load.ts";

/** k6's exit code for thresholds that were crossed; the load itself was run to its end. */
const THRESHOLDS_FAILED = 99;
/** How long k6 gets to write its summary after SIGTERM. */
const GRACE_MS = 8000;

/** A load that is under way. */
export interface RunningLoad {
  /** Never rejects. */
  readonly result: Promise<LoadResult>;
  /** The file with what the script logged, one line an entry. */
  readonly outputFile: string;
  /** Stops the load now, for the reason that the result will give. */
  stop(reason: string): void;
}

/**
 * Starts `k6 run`, or a program of Node's that does as k6 does: its counts in SUMMARY_FILE in the shape of k6's, its exit codes k6's. Beside `<name>.txt`, the script's own lines, the folder gets k6's report and log in `<name>.k6.log` and its summary in
 * `<name>.summary.json`.
 * @param longestSeconds after which the load is stopped, as broken.
 */
export async function startLoad(options: {
  k6Path: string;
  /** Its path. */
  script: string;
  runner?: "k6" | "node";
  name: string;
  outDir: string;
  environment: Record<string, string>;
  longestSeconds: number;
}): Promise<RunningLoad> {
  const outputFile = join(options.outDir, `${options.name}.txt`);
  const summaryFile = join(options.outDir, `${options.name}.summary.json`);
  const logFile = join(options.outDir, `${options.name}.k6.log`);
  // k6 appends to the one, and leaves an old other one where it breaks.
  await Promise.all([rm(outputFile, { force: true }), rm(summaryFile, { force: true })]);

  const { program, args, environment } =
    options.runner === "node"
      ? { program: process.execPath, args: [options.script], environment: { SUMMARY_FILE: summaryFile } }
      : {
          program: options.k6Path,
          args: [
            "run",
            "--quiet",
            "--no-color",
            "--no-usage-report",
            "--address=",
            "--log-format=raw",
            `--console-output=${outputFile}`,
            `--summary-export=${summaryFile}`,
            options.script,
          ],
          environment: {},
        };
  const child = spawn(program, args, {
    env: { ...withoutK6(process.env), ...options.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let lastError = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    lastError = (lastError + chunk).slice(-2000);
  });

  let stopReason: string | undefined;
  let over = false;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: string): void => {
    if (stopReason !== undefined || over) return;
    stopReason = reason;
    child.kill("SIGTERM");
    killTimer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  const timeLimit = setTimeout(() => {
    stop(`it had not ended after ${options.longestSeconds} s`);
  }, options.longestSeconds * 1000);
  // A load must not outlive the proof, however that ends.
  const onExit = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", onExit);

  const result = new Promise<LoadResult>((resolve) => {
    child.once("error", (error) => {
      resolve({
        kind: "broke",
        exitCode: null,
        reason: `${options.runner ?? "k6"} at ${program} cannot be run: ${messageOf(error)}`,
      });
    });
    child.once("close", (exitCode, signal) => {
      if (stopReason !== undefined) resolve({ kind: "broke", exitCode, reason: `k6 was stopped: ${stopReason}` });
      else resolve(judgeExit({ exitCode, signal, lastError, summaryFile, logFile }));
    });
  }).finally(() => {
    over = true;
    clearTimeout(timeLimit);
    clearTimeout(killTimer);
    process.removeListener("exit", onExit);
    log.end();
  });
  return { result, outputFile, stop };
}

async function judgeExit(exit: {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  lastError: string;
  summaryFile: string;
  logFile: string;
}): Promise<LoadResult> {
  const { exitCode, signal } = exit;
  if (exitCode !== 0 && exitCode !== THRESHOLDS_FAILED) {
    const lastLine = exit.lastError.trim().split("\n").at(-1) ?? "";
    const how = signal === null ? `with exit code ${exitCode ?? "none"}` : `by ${signal}`;
    return { kind: "broke", exitCode, reason: `k6 ended ${how}: ${lastLine || `see ${exit.logFile}`}` };
  }
  try {
    return { kind: "ran", exitCode, counts: parseSummary(await readFile(exit.summaryFile, "utf8")) };
  } catch (error) {
    return { kind: "broke", exitCode, reason: `k6's summary cannot be read: ${messageOf(error)}` };
  }
}

/** A K6_… variable of the caller's would change the declared load. */
function withoutK6(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("K6_")));
}
