import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "../../../../scripts/process/command.ts";

describe("folders of work in progress", () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "ownsignal-cache-"));
  });
  afterEach(async () => {
    await rm(cache, { recursive: true, force: true });
  });

  /** The cache's place is read when the module is loaded, so each step runs in a process of its own. */
  const inProcess = (program: string): Promise<string> =>
    run(
      process.execPath,
      [
        ...["--input-type=module", "--eval"],
        `const { clearLeftovers, withWorkFolder } = await import("./scripts/process/cache.ts"); ${program}`,
      ],
      { env: { OWNSIGNAL_CACHE: cache } },
    );

  test("are removed when the process that made them is gone, and only then", async () => {
    const left = basename(
      await inProcess("await withWorkFolder((folder) => { console.log(folder); process.exit(0); })"),
    );
    expect(await readdir(cache)).toEqual([left.trim()]);
    await inProcess("await withWorkFolder(async (folder) => { await clearLeftovers(); console.log(folder); })");
    expect(await readdir(cache)).toEqual([]);
    expect(
      await inProcess(
        `const { existsSync } = await import("node:fs"); await withWorkFolder(async (folder) => { await clearLeftovers(); console.log(existsSync(folder)); })`,
      ),
    ).toBe("true\n");
  });

  test("stay where their process counts in another pid namespace", async () => {
    const elsewhere = ".work-1-999999-abc";
    await mkdir(join(cache, elsewhere));
    await inProcess("await clearLeftovers()");
    expect(await readdir(cache)).toEqual([elsewhere]);
  });
});
