import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, SERVICES } from "../../../../scripts/images/bundle.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ownsignal-bundle-"));
  await bundle(directory);
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

test.each(SERVICES)("the bundle of %s is ASCII, so that V8 keeps it at one byte a character", async (service) => {
  const code = await readFile(join(directory, `${service}.cjs`), "utf8");
  expect(code.length).toBeGreaterThan(100_000);
  expect(/[^\0-\x7f]/.exec(code)).toBeNull();
});

test.each(["api", "worker"])(
  "the bundle of %s has Azure's core once, and no administration client",
  async (service) => {
    const code = await readFile(join(directory, `${service}.cjs`), "utf8");
    expect(code).toContain("// node_modules/@azure/core-rest-pipeline/dist/esm/");
    expect(code).not.toContain("// node_modules/@azure/core-rest-pipeline/dist/commonjs/");
    expect(code).not.toContain("ServiceBusAdministrationClient = class");
  },
);
