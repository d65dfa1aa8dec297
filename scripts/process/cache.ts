import { globSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "./paths.ts";

/** Folders of work in progress, each with the number of the process that is at it. */
const WORK = ".work-";

/** Does work in a folder of its own within the cache, on the disk where its results go, and removes it. */
export async function withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, `${WORK}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what runs left that were killed. */
export async function clearLeftovers(): Promise<void> {
  for (const folder of globSync(`${WORK}*`, { cwd: CACHE })) {
    const pid = Number(/^\.work-(\d+)-/.exec(folder)?.[1]);
    if (!isAlive(pid)) await rm(join(CACHE, folder), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process is there.
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
