import { globSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasProcess } from "../../loadtest/engine/processIdentity.ts";
import { CACHE } from "./paths.ts";

/** Folders of work in progress, each with the number of the process that is at it, and where that number counts. */
const WORK = ".work-";
const OURS = `${WORK}${pidNamespace()}-`;

/** Does work in a folder of its own within the cache, on the disk where its results go, and removes it. */
export async function withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, `${OURS}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what runs left that were killed. In a container, or from outside it, others' process numbers say nothing: their folders stay. */
export async function clearLeftovers(): Promise<void> {
  for (const folder of globSync(`${OURS}*`, { cwd: CACHE })) {
    const pid = Number(folder.slice(OURS.length).split("-")[0]);
    if (!hasProcess(pid)) await rm(join(CACHE, folder), { recursive: true, force: true });
  }
}

/** On Linux the number of the pid namespace; elsewhere there is one. */
function pidNamespace(): string {
  return process.platform === "linux" ? (/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0") : "0";
}
