import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle, ON_DEMAND, SERVICES } from "../../../../scripts/images/bundle.ts";

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
  "the bundle of %s has what it needs to start: no administration client, no Azure sign-in, no trace exporter",
  async (service) => {
    const code = await readFile(join(directory, `${service}.cjs`), "utf8");
    expect(code).not.toContain("ServiceBusAdministrationClient = class");
    expect(code).not.toContain("// node_modules/@azure/core-rest-pipeline/");
    expect(code).not.toContain("// node_modules/@opentelemetry/sdk-trace/");
    for (const name of ON_DEMAND) expect(code).toContain(`import("./${name}.cjs")`);
  },
);

test.each([
  ["workloadIdentity", "createCredential"],
  ["otlpTracing", "exportTraces"],
] as const)("%s is a file of its own that can be imported", async (name, exported) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--input-type=module", "--eval"],
    `import { ${exported} } from ${JSON.stringify(join(directory, `${name}.cjs`))}; console.log(typeof ${exported});`,
  ]);
  expect(stdout).toBe("function\n");
});

test("Azure's core is in the sign-in once", async () => {
  const code = await readFile(join(directory, "workloadIdentity.cjs"), "utf8");
  expect(code).toContain("// node_modules/@azure/core-rest-pipeline/dist/esm/");
  expect(code).not.toContain("// node_modules/@azure/core-rest-pipeline/dist/commonjs/");
});
