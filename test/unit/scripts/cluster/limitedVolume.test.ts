import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, succeeds } from "../../../../scripts/process/command.ts";
import {
  fillFolder,
  freeFolder,
  isLimited,
  limitFolder,
  unlimitFolder,
} from "../../../../scripts/cluster/embedded/limitedVolume.ts";

const FREE_BYTES = 8 * 1024 * 1024;
let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "limited-volume-"));
  folder = join(parent, "volume");
  await mkdir(folder);
  await writeFile(join(folder, "data"), "before", { mode: 0o640 });
});
afterEach(async () => {
  for (const one of [folder, `${folder}.mounted`]) while (await succeeds("umount", [one])) await Promise.resolve();
  await rm(parent, { recursive: true, force: true });
});

const canMount = process.getuid?.() === 0 && existsSync("/dev/loop-control") && existsSync("/usr/sbin/mkfs.ext4");

(canMount ? describe : describe.skip)("a folder with a file system of its own", () => {
  test("keeps what was in it, is filled to the last byte, and takes something again when it is freed", async () => {
    await limitFolder({ folder, freeBytes: FREE_BYTES });
    expect(await isLimited(folder)).toBe(true);
    expect(await readFile(join(folder, "data"), "utf8")).toBe("before");
    expect((await stat(join(folder, "data"))).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(["data"]);
    await fillFolder(folder, 0);
    expect((await statfs(folder)).bavail).toBe(0);
    await expect(writeFile(join(folder, "more"), Buffer.alloc(5000))).rejects.toMatchObject({ code: "ENOSPC" });
    await freeFolder(folder);
    await writeFile(join(folder, "more"), Buffer.alloc(5000));
  });

  test("is the node's again with what was written meanwhile, and nothing is left of it", async () => {
    await limitFolder({ folder, freeBytes: FREE_BYTES });
    await writeFile(join(folder, "data"), "meanwhile");
    await fillFolder(folder, 0);
    await unlimitFolder(folder);
    expect(await isLimited(folder)).toBe(false);
    expect(await readFile(join(folder, "data"), "utf8")).toBe("meanwhile");
    expect(await readdir(folder)).toEqual(["data"]);
    expect(await readdir(parent)).toEqual(["volume"]);
    expect(await run("losetup", ["--list", "--noheadings", "--output", "BACK-FILE"])).not.toContain(parent);
    await unlimitFolder(folder);
    expect(await readFile(join(folder, "data"), "utf8")).toBe("meanwhile");
  });

  test("is made again where that was interrupted, and given back where that was", async () => {
    await writeFile(`${folder}.image.new`, "unfinished");
    await limitFolder({ folder, freeBytes: FREE_BYTES });
    await limitFolder({ folder, freeBytes: FREE_BYTES });
    await writeFile(join(folder, "data"), "meanwhile");
    // The machine was restarted: the file system is there and mounted nowhere.
    await run("umount", [folder]);
    await unlimitFolder(folder);
    expect(await readFile(join(folder, "data"), "utf8")).toBe("meanwhile");

    await limitFolder({ folder, freeBytes: FREE_BYTES });
    // It was copied and unmounted, and not yet put in its place.
    await mkdir(`${folder}.copy`);
    await writeFile(join(`${folder}.copy`, "data"), "copied");
    await run("umount", [folder]);
    await unlimitFolder(folder);
    expect(await readFile(join(folder, "data"), "utf8")).toBe("copied");
    expect(await readdir(parent)).toEqual(["volume"]);
  });

  test("is filled but for what is to be left", async () => {
    await limitFolder({ folder, freeBytes: FREE_BYTES });
    await fillFolder(folder, 1024 * 1024);
    const { bavail, bsize } = await statfs(folder);
    expect(bavail * bsize).toBeLessThanOrEqual(1024 * 1024);
    expect(bavail * bsize).toBeGreaterThan(900 * 1024);
  });

  test("is refused where it would be larger than 1 GiB", async () => {
    await expect(limitFolder({ folder, freeBytes: 1024 ** 3 })).rejects.toThrow("at most");
    expect(await readdir(parent)).toEqual(["volume"]);
  });
});

test("the node's own file system is never filled", async () => {
  await expect(fillFolder(folder, 0)).rejects.toThrow("no file system of its own");
  expect(await readdir(folder)).toEqual(["data"]);
});
