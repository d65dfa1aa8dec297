import { spawn, type ChildProcess } from "node:child_process";

/** A command that ended with another code than 0, with the end of what it printed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number | null;
  readonly output: string;

  constructor(command: readonly string[], exitCode: number | null, output: string) {
    const tail = output.trimEnd().split("\n").slice(-15).join("\n");
    super(`\`${command.join(" ")}\` ended with ${exitCode ?? "a signal"}:\n${tail}`);
    this.exitCode = exitCode;
    this.output = output;
  }
}

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  env?: NodeJS.ProcessEnv;
  /** Text for standard input, which is closed otherwise. */
  input?: string;
}

/** Runs a command as `run` does; a test gives another. */
export type Execute = (command: string, args: readonly string[], options?: RunOptions) => Promise<string>;

/** Commands that are running: none outlives this process. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/**
 * Runs a command to its end and gives back its standard output.
 * @throws {CommandError} when it cannot be started, is ended by a signal, or leaves with another code than 0.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  running.add(child);
  child.on("close", () => running.delete(child));
  let stdout = "";
  let all = "";
  const take = (text: string): void => {
    all = (all + text).slice(-200_000);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    take(text);
  });
  child.stderr.setEncoding("utf8").on("data", take);
  // A command that never reads its input closes the pipe early; that is no failure of its own.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      reject(new CommandError([command, ...args], null, error.message));
    });
    child.on("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new CommandError([command, ...args], code, all));
    });
  });
}

/** Whether a command leaves with 0; what it prints is dropped. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
