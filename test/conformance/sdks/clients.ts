import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE, ROOT } from "../../../scripts/process/paths.ts";
import { localhostCertificate } from "../../support/certificate.ts";
import type { OperationResult } from "../support/sdkResults.ts";
import { KEYS, type TestBus } from "../support/testBus.ts";

const HERE = import.meta.dirname;
const TIMEOUT_MS = 600_000;

const run = promisify(execFile);

/** What a client is run against. */
interface Run {
  readonly bus: TestBus;
  /** Where the client finds AMQP: the bus's own port, or one that leads there. */
  readonly amqpPort: number;
  /** The only operation to do; undefined: all. */
  readonly operation: string | undefined;
}

interface Client {
  readonly name: string;
  /** Queues that it wants to find. */
  readonly queues: readonly string[];
  readonly run: (options: Run) => Promise<OperationResult[]>;
}

export type ClientName = "javascript-pinned" | "javascript" | "java" | "jms" | "go";

const numbered = (name: string): string[] => Array.from({ length: 20 }, (_, index) => `${name}-${index}`);

/** Clients that are programs of their own. */
export const CLIENTS: Readonly<Record<ClientName, Client>> = {
  "javascript-pinned": { name: "JavaScript 7.9.5", queues: [], run: pinnedJavascript },
  javascript: { name: "JavaScript 7.10.0-beta.2", queues: [], run: javascript },
  java: { name: "Java 7.17.20", queues: numbered("java"), run: java },
  jms: {
    name: "qpid-jms 2.6.1",
    queues: numbered("jms"),
    run: async (options) => conformance(await compiled("jms"), options),
  },
  go: { name: "Go 1.10.0", queues: [], run: go },
};

function environment({ bus, amqpPort, operation }: Run): NodeJS.ProcessEnv {
  const at = (text: string, port: number | undefined): string =>
    text.replace(`127.0.0.1:${bus.amqpPort}`, `localhost:${port ?? 0}`);
  return {
    ...process.env,
    BUS_AMQP: at(bus.connectionString(), amqpPort),
    BUS_AMQP_LISTEN_ONLY: at(bus.connectionString("worker"), amqpPort),
    BUS_AMQP_WRONG_KEY: at(bus.connectionString("all", "wrong"), amqpPort),
    BUS_ADMIN: at(bus.connectionString(), bus.httpPort),
    BUS_URI: `amqp://localhost:${amqpPort}`,
    BUS_KEY: KEYS[0].key,
    ...(operation === undefined ? {} : { ONLY_OPERATION: operation }),
  };
}

/** Administration over HTTPS, for clients that do not know the plain port. */
async function overHttps(
  folder: string,
  { bus }: Run,
): Promise<{ readonly connection: string; readonly authority: string }> {
  const authority = join(folder, "ca.crt");
  writeFileSync(authority, (await localhostCertificate()).authority);
  const connection = `Endpoint=sb://localhost:${bus.httpsPort};SharedAccessKeyName=all;SharedAccessKey=${KEYS[0].key}`;
  return { connection, authority };
}

/** The lines of results in a program's output. */
function resultsIn(output: string): OperationResult[] {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as OperationResult);
}

/** A folder in the cache, where what is installed and built stays, with a copy of the project of this name. */
function copied(name: string): string {
  const folder = join(CACHE, "sdks", name);
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(HERE, name))) cpSync(join(HERE, name), folder, { recursive: true });
  return folder;
}

async function javascript(options: Run): Promise<OperationResult[]> {
  const folder = copied("javascript");
  const installed = join(folder, "node_modules/@azure/service-bus/package.json");
  if (!existsSync(installed) || !readFileSync(installed, "utf8").includes("7.10.0-beta.2")) {
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, timeout: TIMEOUT_MS });
  }
  const env = environment(options);
  const { stdout } = await run(process.execPath, ["conformance.mjs"], { cwd: folder, env, timeout: TIMEOUT_MS });
  return resultsIn(stdout);
}

/** The version that this repository itself uses. */
async function pinnedJavascript(options: Run): Promise<OperationResult[]> {
  const { connection, authority } = await overHttps(copied("javascript-pinned"), options);
  const env = { ...environment(options), BUS_ADMIN: connection, NODE_EXTRA_CA_CERTS: authority };
  const program = join(HERE, "javascript/conformance.mjs");
  return resultsIn((await run(process.execPath, [program], { cwd: ROOT, env, timeout: TIMEOUT_MS })).stdout);
}

interface Compiled {
  readonly folder: string;
  /** Relative to the folder. */
  readonly classpath: string;
}

const compilations = new Map<string, Promise<Compiled>>();

/** Compiled once in this process: Maven takes its time even where nothing has changed. */
function compiled(name: string): Promise<Compiled> {
  const compilation = compilations.get(name) ?? compile(name);
  compilations.set(name, compilation);
  return compilation;
}

async function compile(name: string): Promise<Compiled> {
  const folder = copied(name);
  const goals = ["-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"];
  await run("mvn", goals, { cwd: folder, timeout: TIMEOUT_MS });
  return { folder, classpath: `target/classes:${readFileSync(join(folder, "target/classpath"), "utf8")}` };
}

async function conformance({ folder, classpath }: Compiled, options: Run): Promise<OperationResult[]> {
  const env = environment(options);
  return resultsIn(
    (await run("java", ["-cp", classpath, "Conformance"], { cwd: folder, env, timeout: TIMEOUT_MS })).stdout,
  );
}

/** The administration client runs in a network namespace of its own, where port 443 is free and nothing of this machine changes. */
async function java(options: Run): Promise<OperationResult[]> {
  const project = await compiled("java");
  const messages = await conformance(project, options);
  if (options.operation !== undefined) return messages;
  const inNamespace = ["--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const program = [process.execPath, join(HERE, "port443.ts"), project.folder, project.classpath];
  const { stdout } = await run("unshare", [...inNamespace, ...program], { timeout: TIMEOUT_MS });
  return [...messages, ...resultsIn(stdout)];
}

/** Operations that are a test in Go, all of which the gate runs. */
const GO_TESTS: Readonly<Record<string, string>> = {
  "receive and complete": "TestMessageKeepsItsProperties",
  "hear that a queue is missing": "TestQueueThatIsNotThereIsNotFound",
};

async function go(options: Run): Promise<OperationResult[]> {
  const { connection, authority } = await overHttps(copied("go"), options);
  const env = {
    ...environment(options),
    BUS_ADMIN: connection,
    BUS_CA_FILE: authority,
    GOWORK: "off",
    GOFLAGS: "-buildvcs=false",
    CGO_ENABLED: "0",
  };
  const { operation = "" } = options;
  const test = GO_TESTS[operation];
  if (test === undefined) throw new Error(`no Go test for "${operation}"`);
  const args = ["test", "-count=1", "-run", `^${test}$`, "."];
  await run("go", args, { cwd: join(HERE, "../go"), env, timeout: TIMEOUT_MS });
  return [{ operation, error: null }];
}
