import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withWorkFolder } from "../../scripts/process/cache.ts";
import { CACHE } from "../../scripts/process/paths.ts";
import { localhostCertificate } from "../support/certificate.ts";
import { recordResults, type OperationResult } from "./support/sdkResults.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/** The Python SDK against the emulator: runs the program beside this file with the versions that are pinned there. */

const PROJECT = join(import.meta.dirname, "sdks/python");
const VERSIONS = ["7.15.0", "7.14.3"] as const;

/** The first run downloads the packages. */
const INSTALL_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 180_000;

const OPERATIONS = [...readFileSync(join(PROJECT, "conformance.py"), "utf8").matchAll(/^@operation\("(.+)"\)$/gm)].map(
  ([, name = ""]) => name,
);

const run = promisify(execFile);

let bus: TestBus;
let directory: string;
let results: Partial<Record<string, ReadonlyMap<string, OperationResult>>>;

/** The interpreter of an environment with these packages, made once and kept in the cache. */
async function pythonWith(requirements: string): Promise<string> {
  const { stdout } = await run("python3", ["--version"]);
  const digest = createHash("sha256")
    .update(stdout + readFileSync(requirements, "utf8"))
    .digest("hex");
  const environment = join(CACHE, "python", digest.slice(0, 16));
  const interpreter = join(environment, "bin/python");
  if (existsSync(interpreter)) return interpreter;
  await withWorkFolder(async (folder) => {
    const made = join(folder, "environment");
    await run("python3", ["-m", "venv", made], { timeout: INSTALL_TIMEOUT_MS });
    const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements];
    await run(join(made, "bin/python"), install, { timeout: INSTALL_TIMEOUT_MS });
    await run("mkdir", ["-p", join(CACHE, "python")]);
    // Only its scripts hold paths of where it was made, and they are not used.
    await rename(made, environment);
  });
  return interpreter;
}

beforeAll(async () => {
  bus = await startTestBus({ amqpsPort: 0 });
  directory = mkdtempSync(join(tmpdir(), "ownsignal-python-"));
  writeFileSync(join(directory, "ca.crt"), (await localhostCertificate()).authority);
  // At the same time: they wait more than they do.
  const runs = await Promise.all(VERSIONS.map(runAll));
  results = Object.fromEntries(VERSIONS.map((version, index) => [version, runs[index] ?? new Map()]));
}, INSTALL_TIMEOUT_MS + RUN_TIMEOUT_MS);

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await bus.close();
});

/** What each operation of the program came to, by its name. */
async function runAll(version: string): Promise<Map<string, OperationResult>> {
  const python = await pythonWith(join(PROJECT, `requirements-${version}.txt`));
  const authority = join(directory, "ca.crt");
  const amqp = (...key: Parameters<TestBus["connectionString"]>): string =>
    bus.connectionString(...key).replace("127.0.0.1", "localhost");
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: "1",
    BUS_CA_FILE: authority,
    // 7.14.3 has no other way to trust it.
    REQUESTS_CA_BUNDLE: authority,
    BUS_AMQP: amqp(),
    BUS_AMQP_LISTEN_ONLY: amqp("worker"),
    BUS_AMQP_WRONG_KEY: amqp("all", "wrong"),
    BUS_ADMIN: `Endpoint=sb://localhost:${bus.httpsPort};SharedAccessKeyName=all;SharedAccessKey=key of all`,
  };
  const { stdout } = await run(python, [join(PROJECT, "conformance.py")], { env, timeout: RUN_TIMEOUT_MS });
  const results = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as OperationResult);
  recordResults(`Python ${version}`, results);
  return new Map(results.map((result) => [result.operation, result]));
}

describe.each(VERSIONS)("azure-servicebus %s", (version) => {
  it.each(OPERATIONS)("%s", (operation) => {
    expect(results[version]?.get(operation)).toMatchObject({ error: null });
  });
});
