import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Checkout } from "../../../../scripts/cli/checkout.ts";
import { findK6 } from "../../../../scripts/cli/k6.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-k6-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that prints this, as `k6 version` does. */
function program(path: string, printed: string): string {
  writeFileSync(path, `#!/bin/sh\necho '${printed}'\n`);
  chmodSync(path, 0o755);
  return path;
}

const clone = { k6: () => Promise.resolve("/built/k6") } as Checkout;

test("the named one goes before the clone's, and the clone's before PATH's", async () => {
  const path = program(join(folder, "k6"), "k6 v1.2.0 (go1.26.8, linux/amd64)");
  expect(await findK6(path, { checkout: clone, searchPath: "" })).toBe(path);
  expect(await findK6(undefined, { checkout: clone, searchPath: folder })).toBe("/built/k6");
  expect(await findK6(undefined, { checkout: undefined, searchPath: folder })).toBe(path);
});

test("the first executable file on PATH is taken, and a path is made absolute", async () => {
  const folders = ["empty", "folder", "text", "right", "later"].map((name) => join(folder, name));
  for (const each of folders) mkdirSync(each);
  mkdirSync(join(folder, "folder/k6"));
  writeFileSync(join(folder, "text/k6"), "no program");
  const path = program(join(folder, "right/k6"), "k6 v2.0.1");
  program(join(folder, "later/k6"), "k6 v1.0.0");
  expect(await findK6(undefined, { checkout: undefined, searchPath: folders.join(delimiter) })).toBe(path);
  const other = program(join(folder, "right/k6-two"), "k6 v2.0.1");
  expect(await findK6("k6-two", { checkout: undefined, searchPath: folders.join(delimiter) })).toBe(other);
  const up = "../".repeat(process.cwd().split("/").length);
  expect(await findK6(`${up}${path}`, { checkout: undefined, searchPath: "" })).toBe(path);
});

test.each([
  ["there is none", undefined, "there is no k6 on PATH"],
  ["the named one is not there", "k6-of-mine", "there is no k6-of-mine on PATH"],
  ["the path leads nowhere", "/no/such/k6", "there is no k6 at /no/such/k6"],
])("a message says how to install k6 where %s", async (_, named, message) => {
  await expect(findK6(named, { checkout: undefined, searchPath: folder })).rejects.toMatchObject({
    message,
    fix: expect.stringMatching(/^install k6 1\.x or 2\.x \(tested with .*on PATH, or name it: --k6 PATH$/) as string,
  });
});

test.each([
  ["k6 v0.57.0", "is version 0.57.0, and 1.x or 2.x is supported"],
  ["something else", "does not print a version of k6"],
])("%j on PATH is refused", async (printed, message) => {
  program(join(folder, "k6"), printed);
  await expect(findK6(undefined, { checkout: undefined, searchPath: folder })).rejects.toThrow(message);
});

test("one that cannot be run is refused with the reason", async () => {
  writeFileSync(join(folder, "k6"), "#!/no/such/shell\n");
  chmodSync(join(folder, "k6"), 0o755);
  await expect(findK6(undefined, { checkout: undefined, searchPath: folder })).rejects.toThrow("k6 at");
});
