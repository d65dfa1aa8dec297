import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Site } from "./site.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Another copy's entry point, to see these tests fail with an emulator that was broken on purpose. */
const MAIN = process.env.EMULATOR_MAIN ?? join(ROOT, "src/servicebus-emulator/main.ts");

/** What the image tells Node and the allocator. */
const IMAGE_ENVIRONMENT = imageEnvironment(readFileSync(join(ROOT, "Dockerfile"), "utf8"));

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

/** Of the output, as much as a failure needs to be understood. */
const OUTPUT_LIMIT_CHARACTERS = 1_000_000;

const started = z.object({ msg: z.literal("started"), amqpPort: z.int(), httpsPort: z.int(), metricsPort: z.int() });

export interface EmulatorPorts {
  readonly amqpPort: number;
  readonly httpsPort: number;
  readonly metricsPort: number;
}

/** The emulator, as a process of its own that listens. */
export interface EmulatorProcess extends EmulatorPorts {
  readonly pid: number;
  /** From the call that made the process to the line of the log that says it listens, in milliseconds. */
  readonly startMs: number;
  /** Neither ended nor killed. */
  readonly running: boolean;
  /** Standard output and standard error, the newest of it. */
  output(): string;
  /** Memory that is resident now, in bytes. */
  residentBytes(): number;
  /** SIGKILL, at once: when this returns, the system has the signal. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. Resolves with the exit code; a process that does not go in 30 s is killed, and that is an error. */
  stop(): Promise<number | null>;
}

/** How a process ended that did not get as far as to listen. */
export class StartFailedError extends Error {
  override readonly name = "StartFailedError";
  readonly exitCode: number | null;
  readonly output: string;

  constructor(exitCode: number | null, output: string) {
    super(`the emulator left with ${exitCode ?? "a signal"} before it listened:\n${output}`);
    this.exitCode = exitCode;
    this.output = output;
  }
}

/** @throws {Error} where the Dockerfile does not say it. */
function imageEnvironment(dockerfile: string): Readonly<Record<string, string>> {
  const [, stage = ""] = dockerfile.split("AS servicebus-emulator\n");
  const [, options] = /NODE_OPTIONS="([^"]+)"/.exec(stage) ?? [];
  const [, arenas] = /MALLOC_ARENA_MAX=(\d+)/.exec(stage) ?? [];
  if (options === undefined || arenas === undefined)
    throw new Error("the Dockerfile does not say how the emulator runs");
  return { NODE_OPTIONS: options, MALLOC_ARENA_MAX: arenas };
}

/**
 * Starts the emulator on a site's files.
 * @param options.wrapper a command that runs the one it is given, in the same process in the end, as `taskset -c 1` does.
 * @throws {StartFailedError}
 */
export async function startEmulatorProcess(
  site: Pick<Site, "environment">,
  options: {
    readonly wrapper?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly nodeFlags?: readonly string[];
    /** Another program that logs its ports in the same way. */
    readonly main?: string;
  } = {},
): Promise<EmulatorProcess> {
  const { wrapper = [], environment = {}, nodeFlags = [], main = MAIN } = options;
  const [command, ...args] = withWrapper(wrapper, [...nodeFlags, main]);
  const beginMs = performance.now();
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...IMAGE_ENVIRONMENT, ...site.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const exited = once(child, "close").then(([code]) => code as number | null);
  const ports = await new Promise<EmulatorPorts>((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`the emulator did not listen within ${START_LIMIT_MS} ms:\n${text}`));
    }, START_LIMIT_MS);
    child.on("error", reject);
    void exited.then((code) => {
      clearTimeout(limit);
      reject(new StartFailedError(code, text));
    });
    let listens = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text = (text + chunk).slice(-OUTPUT_LIMIT_CHARACTERS);
        const found = listens ? undefined : startedLine(text);
        if (found === undefined) return;
        listens = true;
        clearTimeout(limit);
        resolve(found);
      });
    }
  });
  const startMs = performance.now() - beginMs;
  const pid = child.pid ?? 0;
  let killed = false;
  return {
    ...ports,
    pid,
    startMs,
    get running() {
      return !killed && child.exitCode === null && child.signalCode === null;
    },
    output: () => text,
    residentBytes: () => residentBytes(pid),
    kill: async () => {
      killed = true;
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const limit = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      const code = await exited;
      clearTimeout(limit);
      if (code === null) throw new Error(`the emulator did not leave ${STOP_LIMIT_MS} ms after SIGTERM:\n${text}`);
      return code;
    },
  };
}

/** The command that runs Node with these arguments, through another one that runs it. */
export function withWrapper(wrapper: readonly string[], args: readonly string[]): [command: string, ...args: string[]] {
  const [command, ...rest] = wrapper;
  return command === undefined ? [process.execPath, ...args] : [command, ...rest, process.execPath, ...args];
}

/** Resident memory of a process, in bytes. @throws when it is gone. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended: it has no VmRSS`);
  return Number(kibibytes) * 1_024;
}

function startedLine(output: string): EmulatorPorts | undefined {
  for (const line of output.split("\n")) {
    if (!line.startsWith("{") || !line.endsWith("}")) continue;
    const parsed = started.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
  }
  return undefined;
}
