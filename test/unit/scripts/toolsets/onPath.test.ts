import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedOr, KIND, K6 } from "../../../../scripts/toolsets/onPath.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-path-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  [KIND, "kind v0.33.0 go1.26.8 linux/amd64", true],
  [KIND, "kind v0.40.1 go1.27.0 darwin/arm64", true],
  [KIND, "kind v0.32.9 go1.26.8 linux/amd64", false],
  [KIND, "kind v1.0.0 go1.26.8 linux/amd64", false],
  [K6, "k6 v1.8.1 (go1.26.8, linux/amd64)", true],
  [K6, "k6 v1.8.0 (go1.26.8, linux/amd64)", false],
  [K6, "k6 v1.10.0 (commit/1234, go1.26.8, linux/amd64)", true],
  [K6, "k6 v2.0.1 (go1.26.8, linux/amd64)", true],
  [K6, "k6 v3.0.0 (go1.26.8, linux/amd64)", false],
  [K6, "something else", false],
])("%j on PATH that prints %s is used: %s", async (program, printed, isUsed) => {
  const path = join(folder, program.name);
  writeFileSync(path, `#!/bin/sh\necho '${printed}'\n`);
  chmodSync(path, 0o755);
  expect(await installedOr(program, folder, () => Promise.resolve("built"))).toBe(isUsed ? path : "built");
});

test("a program that does not run is not used", async () => {
  writeFileSync(join(folder, "kind"), "#!/bin/sh\nexit 1\n");
  chmodSync(join(folder, "kind"), 0o755);
  expect(await installedOr(KIND, folder, () => Promise.resolve("built"))).toBe("built");
});

test("where there is none, it is built", async () => {
  expect(await installedOr(K6, folder, () => Promise.resolve("built"))).toBe("built");
});
