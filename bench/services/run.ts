import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { loadResult, type LoadJob, type LoadResult } from "./loadJob.ts";
import { bundleOf, type Server } from "./processes.ts";
import type { RatioRow } from "./ratioRow.ts";

/** How the benchmark runs this time. */
export interface BenchRun {
  /** The command that puts what is measured on a core of its own; everything else is on the others. */
  readonly pin: readonly string[];
  /** Where data goes; on a disk. */
  readonly directory: string;
  readonly repetitions: number;
  /** 1, or less in a quick run: what every phase's length is multiplied by. */
  readonly scale: number;
  /** Where processor profiles of the services go. */
  readonly profile: string | undefined;
}

/** One question: how long a whole run of it takes, and the rows that answer it. */
export interface Question {
  readonly name: string;
  readonly seconds: number;
  answer(run: BenchRun, progress: (repetition: number) => void): Promise<RatioRow[]>;
}

/** The command that runs a service's bundle on the measured core. */
export function serviceCommand({ pin, profile }: BenchRun, service: "api" | "worker"): string[] {
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  return [...pin, process.execPath, ...flags, bundleOf(service)];
}

/** The command that runs one of the references on the measured core. */
export function referenceCommand({ pin }: BenchRun, file: string, ...args: string[]): string[] {
  return [...pin, process.execPath, join(import.meta.dirname, file), ...args];
}

/** A load on a server, from a process of its own. @throws when an answer is not a success. */
export async function load(
  { scale }: BenchRun,
  { pid, port }: Server,
  job: Omit<LoadJob, "pid" | "port">,
): Promise<LoadResult> {
  const asked = {
    ...job,
    pid,
    port,
    warmUpMs: Math.ceil(job.warmUpMs * scale),
    measureMs: Math.ceil(job.measureMs * scale),
  };
  return loadResult.parse(
    await printed([process.execPath, join(import.meta.dirname, "load.ts"), JSON.stringify(asked)]),
  );
}

/** What a command prints, as JSON. @throws when it fails. */
export async function printed([program = "", ...args]: readonly string[]): Promise<unknown> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed with exit code ${code ?? "none"}`);
  return JSON.parse(text);
}

/** The value of a series at a server's metrics port, named as in the exposition. @throws when it has no such series. */
export async function metric({ metricsPort }: { metricsPort: number }, series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  if (line === undefined) throw new Error(`no series ${series}`);
  return Number(line.slice(series.length + 1));
}
