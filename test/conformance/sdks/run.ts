import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE, ROOT } from "../../../scripts/process/paths.ts";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { localhostCertificate } from "../../support/certificate.ts";
import { recordResults, type OperationResult } from "../support/sdkResults.ts";
import { KEYS, startTestBus } from "../support/testBus.ts";

/**
 * Runs the SDKs that the other tests leave out against an emulator, and records what became of each operation: the newest JavaScript beta, Java
 * and qpid-jms. Wants Maven and Java 17. `npm run test:sdks`; names of folders run only those.
 */

const HERE = import.meta.dirname;
const TIMEOUT_MS = 600_000;

const run = promisify(execFile);

const queues = ["java", "jms"].flatMap((name) =>
  Array.from({ length: 20 }, (_, index) => queueDefinition(`${name}-${index}`)),
);
const bus = await startTestBus({ httpPort: 0, queues });
const onLocalhost = (text: string): string => text.replace("127.0.0.1", "localhost");
const env = {
  ...process.env,
  BUS_AMQP: onLocalhost(bus.connectionString()),
  BUS_AMQP_LISTEN_ONLY: onLocalhost(bus.connectionString("worker")),
  BUS_AMQP_WRONG_KEY: onLocalhost(bus.connectionString("all", "wrong")),
  BUS_ADMIN: onLocalhost(bus.connectionString()).replace(`:${bus.amqpPort}`, `:${bus.httpPort ?? 0}`),
  BUS_URI: `amqp://localhost:${bus.amqpPort}`,
  BUS_KEY: KEYS[0].key,
};

const SDKS: Readonly<Record<string, { readonly client: string; readonly run: () => Promise<string> }>> = {
  "javascript-pinned": { client: "JavaScript 7.9.5", run: pinnedJavascript },
  javascript: { client: "JavaScript 7.10.0-beta.2", run: javascript },
  java: { client: "Java 7.17.20", run: () => maven("java") },
  jms: { client: "qpid-jms 2.6.1", run: () => maven("jms") },
};

/** A folder in the cache, where what is installed and built stays, with a copy of the project of this name. */
function copied(name: string): string {
  const folder = join(CACHE, "sdks", name);
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(HERE, name))) cpSync(join(HERE, name), folder, { recursive: true });
  return folder;
}

async function javascript(): Promise<string> {
  const folder = copied("javascript");
  const installed = join(folder, "node_modules/@azure/service-bus/package.json");
  if (!existsSync(installed) || !readFileSync(installed, "utf8").includes("7.10.0-beta.2")) {
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, timeout: TIMEOUT_MS });
  }
  return (await run(process.execPath, ["conformance.mjs"], { cwd: folder, env, timeout: TIMEOUT_MS })).stdout;
}

/** The version that this repository itself uses; its administration client speaks HTTPS only. */
async function pinnedJavascript(): Promise<string> {
  const folder = copied("javascript-pinned");
  const authority = join(folder, "ca.crt");
  writeFileSync(authority, (await localhostCertificate()).authority);
  const administration = `Endpoint=sb://localhost:${bus.httpsPort};SharedAccessKeyName=all;SharedAccessKey=${KEYS[0].key}`;
  const overHttps = { ...env, BUS_ADMIN: administration, NODE_EXTRA_CA_CERTS: authority };
  const program = join(HERE, "javascript/conformance.mjs");
  return (await run(process.execPath, [program], { cwd: ROOT, env: overHttps, timeout: TIMEOUT_MS })).stdout;
}

async function maven(name: string): Promise<string> {
  const folder = copied(name);
  const goals = ["-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"];
  await run("mvn", goals, { cwd: folder, timeout: TIMEOUT_MS });
  const classpath = `target/classes:${readFileSync(join(folder, "target/classpath"), "utf8")}`;
  return (await run("java", ["-cp", classpath, "Conformance"], { cwd: folder, env, timeout: TIMEOUT_MS })).stdout;
}

let failures = 0;
const only = process.argv.slice(2);
for (const [name, sdk] of Object.entries(SDKS)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const output = await sdk.run();
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const results = lines.map((line) => JSON.parse(line) as OperationResult);
  recordResults(sdk.client, results);
  for (const { operation, error } of results) {
    process.stdout.write(`${sdk.client}: ${operation}: ${error === null ? "works" : `FAILS: ${error}`}\n`);
    if (error !== null) failures += 1;
  }
  if (results.length === 0) failures += 1;
}
await bus.close();
process.exitCode = failures === 0 ? 0 : 1;
