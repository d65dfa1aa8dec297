import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeys } from "../../../src/servicebus-emulator/access/keys.ts";
import { followKeysFile, parseKeys } from "../../../src/servicebus-emulator/config/keysFile.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { eventually } from "../../conformance/support/testBus.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
  path = join(folder, "keys.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const content = (key: string): string => JSON.stringify([{ name: "api", key, rights: ["Send"] }]);

test("keys follow their file, also where it is replaced behind a link as the kubelet does, and stay where it is unusable", async () => {
  await writeFile(join(folder, "first"), content("one"));
  await symlink("first", path);
  const keys = createKeys(parseKeys(content("one"), path));
  const replaced: string[] = [];
  keys.onReplaced(() => replaced.push(keys.current()[0]?.key ?? ""));
  const log = createLogger("servicebus-emulator", "silent");
  const failures: unknown[] = [];
  log.error = (details: unknown) => failures.push(details);
  const unfollow = followKeysFile(path, keys, log);
  try {
    await writeFile(join(folder, "second"), content("two"));
    await symlink("second", join(folder, "new"));
    await rename(join(folder, "new"), path);
    await eventually("the new keys are taken", () => replaced.length === 1);
    await writeFile(join(folder, "second"), `[{ "name": "api", "key": "three" ]`);
    await eventually("the failure is told", () => failures.length === 1);
    expect(JSON.stringify(failures)).not.toContain("three");
    expect(replaced).toEqual(["two"]);
    await writeFile(join(folder, "second"), content("four"));
    await eventually("the keys after it are taken", () => replaced.length === 2);
    expect(keys.current()[0]?.key).toBe("four");
  } finally {
    unfollow();
  }
});
