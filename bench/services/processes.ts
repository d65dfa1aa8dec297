import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "../..");
const START_LIMIT_MS = 60_000;
const OUTPUT_LIMIT_CHARACTERS = 10_000;

const started = z.object({ msg: z.literal("started"), port: z.int().optional(), metricsPort: z.int().optional() });

/** A process of the benchmark. */
export interface BenchProcess {
  readonly pid: number;
  /** The newest of its output. */
  output(): string;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

/** A process that has logged that it listens. */
export interface Server extends BenchProcess {
  readonly port: number;
  readonly metricsPort: number;
}

/** The bundle of a service, as in its image. */
export function bundleOf(service: "api" | "validator" | "worker" | "servicebus-emulator"): string {
  return join(ROOT, "dist", `${service}.cjs`);
}

/** Starts a program with exactly this environment and its output read, as a container's is. */
export function startProcess(
  [program = "", ...args]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  argv0 = program,
): BenchProcess & { readonly child: ChildProcess } {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    argv0,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text = (text + chunk).slice(-OUTPUT_LIMIT_CHARACTERS)));
  }
  const exited = once(child, "close");
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Starts a program that logs `started` with its ports. @throws when it does not. */
export async function startServer(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const running = startProcess(command, { PORT: "0", METRICS_PORT: "0", DRAIN_DELAY_MS: "0", ...environment });
  const ports = await new Promise<z.infer<typeof started>>((resolve, reject) => {
    const fail = (): void => {
      reject(new Error(`${command.join(" ")} did not start:\n${running.output()}`));
    };
    const limit = setTimeout(fail, START_LIMIT_MS);
    running.child.once("close", fail);
    running.child.once("error", reject);
    running.child.stdout?.on("data", () => {
      const lines = running.output().split("\n");
      const found = lines
        .filter((line) => line.startsWith("{") && line.endsWith("}"))
        .map((line) => started.safeParse(JSON.parse(line)).data)
        .find((line) => line !== undefined);
      if (found === undefined) return;
      clearTimeout(limit);
      resolve(found);
    });
  });
  running.child.stdout?.removeAllListeners("data").resume();
  return { ...running, port: ports.port ?? 0, metricsPort: ports.metricsPort ?? 0 };
}
