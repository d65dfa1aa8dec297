import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const GIVE_UP_MS = 30_000;

/** A process that a test started and signals. */
export interface TestProcess {
  /** Standard output and standard error so far. */
  output(): string;
  /** Reads its output no more, as after the end of whoever did. */
  closeOutput(): void;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or null after a signal that killed it. */
  readonly exited: Promise<number | null>;
  /** Signals and waits for the end; a process that does not end in 30 s is killed, and that is an error. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program with exactly this environment. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: { environment?: Record<string, string>; argv0?: string; directory?: string } = {},
): TestProcess {
  const child: ChildProcess = spawn(command, args, {
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.argv0 === undefined ? {} : { argv0: options.argv0 }),
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    output: () => text,
    closeOutput: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    signal: (signal) => child.kill(signal),
    exited,
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      // A stopped process handles only SIGKILL and this.
      child.kill("SIGCONT");
      const killed = new Promise<never>((_resolve, reject) => {
        const timer = setTimeout(() => {
          child.kill("SIGKILL");
          reject(new Error(`${command} ${args.join(" ")} did not end ${GIVE_UP_MS} ms after ${signal}:\n${text}`));
        }, GIVE_UP_MS);
        void exited.finally(() => {
          clearTimeout(timer);
        });
      });
      return Promise.race([exited, killed]);
    },
  };
}
