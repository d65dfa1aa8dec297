import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDecided } from "../../../../scripts/mutants/results.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-results-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, "results.json");
  await writeFile(file, text);
  return file;
}

test("what was decided is not run again; what was not tried, or left the system broken, is", async () => {
  const one = { stuck: false, seconds: 12, detections: [] };
  const file = await fileWith(
    JSON.stringify([
      { ...one, name: "detected", detected: true },
      { ...one, name: "survived", detected: false },
      { ...one, name: "not-tried" },
      { ...one, name: "stuck", detected: true, stuck: true },
    ]),
  );
  expect((await readDecided(file)).map(({ name }) => name)).toEqual(["detected", "survived"]);
});

test("without a file nothing was decided", async () => {
  expect(await readDecided("/of/no/run/results.json")).toEqual([]);
});

test("a file of something else is named, and what to do about it", async () => {
  await expect(readDecided(await fileWith("[{}]"))).rejects.toThrow("cannot be read as results");
});
