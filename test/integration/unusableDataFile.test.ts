import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { httpsClient } from "../../bench/support/clients.ts";
import { startEmulatorProcess, StartFailedError, type EmulatorProcess } from "../../bench/support/emulatorProcess.ts";
import { createSite, type Site } from "../../bench/support/site.ts";

/** sysexits.h: the configuration is to blame, and another try will not help. */
const EXIT_CONFIG = 78;

let site: Site;
let emulator: EmulatorProcess | undefined;

beforeEach(async () => {
  site = await createSite({ parent: tmpdir(), queues: ["orders"] });
});

afterEach(async () => {
  await emulator?.kill();
  emulator = undefined;
  await site.remove();
});

/** A data file of the emulator's own, with messages in it. */
async function fill(): Promise<void> {
  emulator = await startEmulatorProcess(site);
  const https = httpsClient(emulator, site);
  for (let index = 0; index < 20; index++) {
    const { status } = await https.send("POST", "/orders/messages", { body: randomBytes(20_000) });
    expect(status).toBe(201);
  }
  https.close();
  expect(await emulator.stop()).toBe(0);
  emulator = undefined;
}

/** Every file in the directory, by name. */
function hashes(): Record<string, string> {
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(join(site.directory, name)))
      .digest("hex");
  return Object.fromEntries(readdirSync(site.directory).map((name) => [name, hash(name)]));
}

const SPOILT: readonly (readonly [what: string, spoil: () => Promise<void> | void])[] = [
  [
    "one that is no database",
    () => {
      writeFileSync(site.dataFile, "notes of mine, not to be lost\n".repeat(1_000));
    },
  ],
  [
    "another program's database",
    () => {
      const database = new DatabaseSync(site.dataFile);
      database.exec("CREATE TABLE contact (name TEXT); INSERT INTO contact VALUES ('x')");
      database.close();
    },
  ],
  [
    "one of its own, cut off",
    async () => {
      await fill();
      truncateSync(site.dataFile, Math.floor(readFileSync(site.dataFile).length / 2));
    },
  ],
  [
    "one of its own, with damaged pages",
    async () => {
      await fill();
      const bytes = readFileSync(site.dataFile);
      // Not the header, which tells whose it is.
      randomBytes(bytes.length - 4_096).copy(bytes, 4_096);
      writeFileSync(site.dataFile, bytes);
    },
  ],
];

it.each(SPOILT)(
  "does not start on %s: it says which file, leaves with 78, and leaves the file as it was",
  async (_what, spoil) => {
    await spoil();
    const before = hashes();
    const failed: unknown = await startEmulatorProcess(site).then(
      (started) => (emulator = started),
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(StartFailedError);
    const { exitCode, output } = failed as StartFailedError;
    expect(exitCode).toBe(EXIT_CONFIG);
    expect(output).toContain(site.dataFile);
    expect(output).toMatch(/move (it|this one) away/);
    expect(hashes()).toEqual(before);
  },
  60_000,
);

it("does not share its file with a second emulator, which leaves with 78", async () => {
  emulator = await startEmulatorProcess(site);
  const failed: unknown = await startEmulatorProcess(site).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StartFailedError);
  const { exitCode, output } = failed as StartFailedError;
  expect(exitCode).toBe(EXIT_CONFIG);
  expect(output).toContain(site.dataFile);
  expect(output).toMatch(/in use/);
  const https = httpsClient(emulator, site);
  expect((await https.send("POST", "/orders/messages", { body: "x" })).status).toBe(201);
  https.close();
}, 60_000);
