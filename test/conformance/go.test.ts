import { execFile, type ExecFileException } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localhostCertificate } from "../support/certificate.ts";
import { recordResults } from "./support/sdkResults.ts";
import { KEYS, startTestBus, type KeyName, type TestBus } from "./support/testBus.ts";

/** The Go SDK, and with it the queries of KEDA's scaler, against the emulator: runs the Go tests beside this file. */

const MODULE = join(import.meta.dirname, "go");
const BINARY = join(import.meta.dirname, "../../out/test/go/conformance.test");

/** The first build compiles the SDK and crypto. */
const BUILD_TIMEOUT_MS = 300_000;

const TESTS = [
  "TestScalerReadsTheLengthOfAQueue",
  "TestScalerIsToldThatAQueueDoesNotExist",
  "TestScalerFindsQueuesByRegexOnEveryPage",
  "TestScalerIsRefusedWithoutManage",
  "TestAdministrationOfQueues",
  "TestMessageKeepsItsProperties",
  "TestBatchIsReceivedInOrderAndSettledInEveryWay",
  "TestMoreThanAMebibyteComesForOneGrantOfCredit",
  "TestScheduledMessageIsPeekedAndCancelled",
  "TestLockThatIsOverIsLost",
  "TestQueueThatIsNotThereIsNotFound",
  "TestMessagesGoOverTLS",
];

/** Operations of the table in docs/reference/emulator.md, by the test that does them. */
const OPERATIONS = {
  send: "TestMessageKeepsItsProperties",
  "send a batch": "TestBatchIsReceivedInOrderAndSettledInEveryWay",
  "receive and complete": "TestMessageKeepsItsProperties",
  "receive more than 1 MiB": "TestMoreThanAMebibyteComesForOneGrantOfCredit",
  abandon: "TestBatchIsReceivedInOrderAndSettledInEveryWay",
  "dead-letter": "TestBatchIsReceivedInOrderAndSettledInEveryWay",
  defer: "TestBatchIsReceivedInOrderAndSettledInEveryWay",
  "renew a lock": "TestMessageKeepsItsProperties",
  "lose a lock": "TestLockThatIsOverIsLost",
  peek: "TestScheduledMessageIsPeekedAndCancelled",
  "schedule and cancel": "TestScheduledMessageIsPeekedAndCancelled",
  "hear that a queue is missing": "TestQueueThatIsNotThereIsNotFound",
  "administer queues": "TestAdministrationOfQueues",
} as const;

const passed = new Set<string>();

let bus: TestBus;
let directory: string;
let environment: NodeJS.ProcessEnv;

/** Rejects with all that the program said. */
function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { ...options, timeout: BUILD_TIMEOUT_MS },
      (error: ExecFileException | null, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (error.code === "ENOENT")
          reject(new Error(`"${command}" is not there; the Go tests need Go 1.26: https://go.dev/dl`));
        else reject(new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`));
      },
    );
  });
}

beforeAll(async () => {
  mkdirSync(join(BINARY, ".."), { recursive: true });
  // The module's own versions, whatever workspace and flags are around it; no C compiler, and no look at git.
  const env = { ...process.env, GOWORK: "off", GOFLAGS: "-buildvcs=false", CGO_ENABLED: "0" };
  await run("go", ["vet", "./..."], { cwd: MODULE, env });
  await run("go", ["test", "-c", "-o", BINARY, "."], { cwd: MODULE, env });
}, 2 * BUILD_TIMEOUT_MS);

beforeEach(async () => {
  bus = await startTestBus({ amqpsPort: 0 });
  directory = mkdtempSync(join(tmpdir(), "ownsignal-go-"));
  const authority = join(directory, "ca.crt");
  writeFileSync(authority, (await localhostCertificate()).authority);
  const connection = (port: number | undefined, keyName: KeyName): string =>
    `Endpoint=sb://localhost:${port ?? 0};SharedAccessKeyName=${keyName};SharedAccessKey=${KEYS.find(({ name }) => name === keyName)?.key ?? ""}`;
  environment = {
    BUS_CA_FILE: authority,
    BUS_ADMIN: `${connection(bus.httpsPort, "all")};UseDevelopmentEmulator=true`,
    BUS_ADMIN_LISTEN_ONLY: connection(bus.httpsPort, "worker"),
    BUS_AMQP: `${connection(bus.amqpPort, "all")};UseDevelopmentEmulator=true`,
    BUS_AMQPS: connection(bus.amqpsPort, "all"),
  };
});

afterEach(async () => {
  rmSync(directory, { recursive: true });
  await bus.close();
});

it.each(TESTS)("Go: %s", async (name) => {
  const said = await run(BINARY, ["-test.run", `^${name}$`, "-test.v", "-test.timeout", "45s"], {
    cwd: directory,
    env: environment,
  });
  expect(said).toMatch(`--- PASS: ${name} `);
  passed.add(name);
});

afterAll(() => {
  const results = Object.entries(OPERATIONS).map(([operation, test]) => ({
    operation,
    error: passed.has(test) ? null : `${test} did not pass`,
  }));
  recordResults("Go 1.10.0", results);
});

it("no Go test is left out", async () => {
  const listed = await run(BINARY, ["-test.list", "."], { cwd: directory, env: environment });
  expect(listed.trim().split("\n").sort()).toEqual([...TESTS].sort());
});
