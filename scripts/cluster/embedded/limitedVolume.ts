import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../process/command.ts";

/** A folder of the node that gets a file system of its own for a while, in a file beside it. Nobody may write there while it gets it or gives it back. */
export interface LimitedFolder {
  folder: string;
  /** In bytes, beside what is in it. */
  freeBytes: number;
}

/** What ext4 keeps for itself, its journal among it. */
const OVERHEAD_BYTES = 16 * 1024 * 1024;
/** A folder with more in it is not copied. */
const LARGEST_BYTES = 1024 * 1024 * 1024;
const FILLER = ".filler";
const LARGE_CHUNK_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const BLOCK_BYTES = 4096;

const imageOf = (folder: string): string => `${folder}.image`;
const copyOf = (folder: string): string => `${folder}.copy`;

/** Whether a folder has a file system of its own. */
export async function isLimited(folder: string): Promise<boolean> {
  return (await stat(folder)).dev !== (await stat(dirname(folder))).dev;
}

/**
 * Gives a folder a small file system of its own with what is in it. All of its space is taken at once, so what is written there later takes none of the
 * node's. Interrupted anywhere and called again it does the rest.
 * @throws where there is too much in it, or not twice the space on the node.
 */
export async function limitFolder({ folder, freeBytes }: LimitedFolder): Promise<void> {
  if (await isLimited(folder)) return;
  const usedBytes = Number((await run("du", ["-s", "--block-size=1", folder])).split("\t")[0]);
  const bytes = Math.ceil((usedBytes + freeBytes + OVERHEAD_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  const { bavail, bsize } = await statfs(dirname(folder));
  if (bytes > LARGEST_BYTES || bytes * 2 > bavail * bsize) {
    throw new Error(
      `${folder} would need a file system of ${bytes} bytes; ${LARGEST_BYTES} at most, half the free space`,
    );
  }
  const unfinished = `${imageOf(folder)}.new`;
  const mounted = `${folder}.mounted`;
  await unmount(mounted);
  await rm(unfinished, { force: true });
  await run("fallocate", ["--length", String(bytes), unfinished]);
  // No space is kept for root, who writes the filler.
  await run("mkfs.ext4", ["-q", "-m", "0", unfinished]);
  await mkdir(mounted, { recursive: true });
  await run("mount", ["-o", "loop", unfinished, mounted]);
  await rm(join(mounted, "lost+found"), { recursive: true, force: true });
  await run("cp", ["--archive", `${folder}/.`, mounted]);
  await unmount(mounted);
  await rename(unfinished, imageOf(folder));
  await run("mount", ["-o", "loop", imageOf(folder), folder]);
}

/** Takes the file system away again and keeps what is in it. Interrupted anywhere and called again it does the rest. */
export async function unlimitFolder(folder: string): Promise<void> {
  const image = imageOf(folder);
  const copy = copyOf(folder);
  if (!(await isLimited(folder)) && !existsSync(copy) && existsSync(image)) {
    // The machine was restarted meanwhile.
    await run("mount", ["-o", "loop", image, folder]);
  }
  if (await isLimited(folder)) {
    await freeFolder(folder);
    const unfinished = `${copy}.new`;
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) {
      await mkdir(unfinished);
      await run("cp", ["--archive", `${folder}/.`, unfinished]);
      await run("sync", ["--file-system", unfinished]);
      await rename(unfinished, copy);
    }
    await unmount(folder);
  }
  if (existsSync(copy)) {
    await rm(folder, { recursive: true, force: true });
    await rename(copy, folder);
  }
  await unmount(`${folder}.mounted`);
  for (const left of [image, `${image}.new`]) await rm(left, { force: true });
}

/** Takes all the space that is left but for so many bytes, or fewer. @throws for a folder without a file system of its own: it would be the node's. */
export async function fillFolder(folder: string, leaveBytes: number): Promise<void> {
  if (!(await isLimited(folder))) throw new Error(`${folder} has no file system of its own, and is not filled`);
  const file = await open(join(folder, FILLER), "a");
  try {
    if (leaveBytes > 0) {
      for (let free = await freeIn(folder); free > leaveBytes; free = await freeIn(folder)) {
        await file.write(Buffer.alloc(Math.min(LARGE_CHUNK_BYTES, Math.max(BLOCK_BYTES, free - leaveBytes)), 1));
        await file.datasync();
      }
      return;
    }
    for (const bytes of [LARGE_CHUNK_BYTES, CHUNK_BYTES, BLOCK_BYTES, 1]) {
      await writeUntilFull(file, Buffer.alloc(bytes, 1));
      // What the file system has kept for itself meanwhile is known only then.
      await file.datasync();
    }
  } finally {
    await file.close();
  }
}

/** Gives them back. */
export async function freeFolder(folder: string): Promise<void> {
  await rm(join(folder, FILLER), { force: true });
}

async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  try {
    for (;;) {
      const { bytesWritten } = await file.write(chunk);
      if (bytesWritten < chunk.length) return;
    }
  } catch (error) {
    const isFull = typeof error === "object" && error !== null && "code" in error && error.code === "ENOSPC";
    if (!isFull) throw error;
  }
}

async function unmount(folder: string): Promise<void> {
  if (existsSync(folder) && (await isLimited(folder))) await run("umount", [folder]);
  if (folder.endsWith(".mounted")) await rm(folder, { recursive: true, force: true });
}
