import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { bootId, isAlive, type ProcessIdentity, startTicksOf } from "../../../loadtest/engine/processIdentity.ts";
import { LOGS, RUN } from "./layout.ts";
import { IN_CLUSTER_NETWORK } from "./network.ts";

/** A long-running part of the cluster. */
export interface Daemon {
  name: string;
  command: string;
  args: readonly string[];
}

interface ProcessRecord extends ProcessIdentity {
  /** What was started; another version of the tools is another command. */
  command: readonly string[];
}

const RECORDS = join(RUN, "processes");

/**
 * Starts the daemon in the cluster's network, unless it runs already; one that was started by another command is replaced.
 * Its output goes to a log.
 */
export async function startDaemon(daemon: Daemon): Promise<void> {
  const command = [daemon.command, ...daemon.args];
  const running = await runningRecord(daemon.name);
  if (running !== undefined) {
    if (isDeepStrictEqual(running.command, command)) return;
    await stopDaemon(daemon.name);
  }
  await mkdir(RECORDS, { recursive: true });
  await mkdir(LOGS, { recursive: true });
  const log = openSync(logOf(daemon.name), "a");
  const [nsenter, ...prefix] = IN_CLUSTER_NETWORK;
  const child = spawn(nsenter, [...prefix, daemon.command, ...daemon.args], {
    // A session of its own: an interrupt at the terminal must not reach the cluster.
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
  });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      resolve(child.pid ?? 0);
    });
  });
  child.unref();
  const startTicks = await startTicksOf(pid);
  if (startTicks === null) throw new Error(`${daemon.name} ended at once; its log: ${logOf(daemon.name)}`);
  const record: ProcessRecord = { pid, bootId: await bootId(), startTicks, command };
  await writeFile(join(RECORDS, `${daemon.name}.json`), JSON.stringify(record));
}

/** Ends the daemon by SIGKILL, as a crash does; nothing to do where it does not run. */
export async function killDaemon(name: string): Promise<void> {
  const record = await runningRecord(name);
  if (record !== undefined) process.kill(record.pid, "SIGKILL");
  while ((await runningRecord(name)) !== undefined) await sleep(50);
}

/** How long a daemon has to end by itself. */
const GRACE_MS = 10_000;

/** Ends the daemon: SIGTERM, and SIGKILL when it has not ended by then. */
export async function stopDaemon(name: string): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  let record = await runningRecord(name);
  if (record !== undefined) process.kill(record.pid, "SIGTERM");
  while ((record = await runningRecord(name)) !== undefined) {
    if (Date.now() > deadline) process.kill(record.pid, "SIGKILL");
    await sleep(100);
  }
  await rm(join(RECORDS, `${name}.json`), { force: true });
}

export async function isRunning(name: string): Promise<boolean> {
  return (await runningRecord(name)) !== undefined;
}

/** Where the daemon's output is. */
export function logOf(name: string): string {
  return join(LOGS, `${name}.log`);
}

async function runningRecord(name: string): Promise<ProcessRecord | undefined> {
  let record: ProcessRecord;
  try {
    record = JSON.parse(await readFile(join(RECORDS, `${name}.json`), "utf8")) as ProcessRecord;
  } catch {
    return undefined;
  }
  return (await isAlive(record)) ? record : undefined;
}

/** Processes whose working files are the cluster's: containers' shims that an earlier `down` could not end. */
export async function strayShims(): Promise<number[]> {
  const pids: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes("containerd-shim") && commandLine.includes(`${RUN}/containerd`)) pids.push(Number(entry));
  }
  return pids;
}
