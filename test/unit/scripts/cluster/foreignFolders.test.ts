import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rememberForeignFolders } from "../../../../scripts/cluster/embedded/foreignFolders.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-foreign-folders-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("what an interrupted start wrote down in part does not pass for all", async () => {
  const record = join(folder, "made");
  // A name that cannot be written ends it in the middle, as an interruption does.
  const tooLong = `/${"x".repeat(300)}`;
  await expect(rememberForeignFolders(record, ["/absent-1", tooLong, "/absent-2"])).rejects.toThrow("ENAMETOOLONG");
  await rememberForeignFolders(record, ["/absent-1", "/absent-2"]);
  expect(await readdir(record)).toEqual(["%2Fabsent-1", "%2Fabsent-2"]);
});

test("folders that were there before the first start are not written down, at a later start neither", async () => {
  const record = join(folder, "made");
  const there = join(folder, "there");
  await mkdir(there);
  await rememberForeignFolders(record, [there, "/absent"]);
  await rm(there, { recursive: true });
  await rememberForeignFolders(record, [there, "/absent"]);
  expect(await readdir(record)).toEqual(["%2Fabsent"]);
});
