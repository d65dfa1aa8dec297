import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBusAdministrationClient, ServiceBusClient } from "@azure/service-bus";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../../scripts/process/freePort.ts";
import { startProcess, type TestProcess } from "../support/process.ts";

let cache: string;
let ports: string[];
let running: TestProcess[];

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), "ownsignal-command-"));
  const [amqp, https, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  ports = [
    "--port",
    String(amqp),
    "--https-port",
    String(https),
    "--http-port",
    "0",
    "--metrics-port",
    String(metrics),
  ];
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((one) => one.end("SIGKILL")));
  rmSync(cache, { recursive: true });
});

function run(options: readonly string[], environment: Record<string, string> = {}): TestProcess {
  const command = startProcess(process.execPath, ["scripts/commands/emulator.ts", ...options], {
    environment: { PATH: process.env.PATH ?? "", OWNSIGNAL_CACHE: cache, ...environment },
  });
  running.push(command);
  return command;
}

/** What it prints once it can be used. */
async function started(command: TestProcess): Promise<string> {
  const ended = command.exited.then((code) => {
    throw new Error(`it ended with ${code ?? "a signal"}:\n${command.output()}`);
  });
  const greeted = eventually("the emulator greets", () => command.output().includes("Ctrl-C stops it"));
  await Promise.race([greeted, ended]);
  ended.catch(() => undefined);
  return command.output();
}

function printed(output: string, pattern: RegExp): string {
  const found = pattern.exec(output)?.[0];
  if (found === undefined) throw new Error(`${pattern.source} is not in:\n${output}`);
  return found;
}

const connectionString = (output: string): string => printed(output, /Endpoint=\S+;UseDevelopmentEmulator=true/);

async function withClient<Value>(
  connection: string,
  use: (client: ServiceBusClient) => Promise<Value>,
): Promise<Value> {
  const client = new ServiceBusClient(connection, { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

test("prints a connection string that works, keeps messages over Ctrl-C, and has the same key at the next start", async () => {
  const first = run(ports);
  const connection = connectionString(await started(first));
  await withClient(connection, async (client) => {
    await client.createSender("orders").sendMessages([{ body: "taken" }, { body: "left" }]);
    const receiver = client.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    if (message !== undefined) await receiver.completeMessage(message);
    expect(message?.body).toBe("taken");
  });
  expect(await first.end("SIGINT")).toBe(0);

  const second = run(ports);
  expect(connectionString(await started(second))).toBe(connection);
  const bodies = await withClient(connection, async (client) => {
    const messages = await client.createReceiver("orders").peekMessages(10);
    return messages.map(({ body }) => body as unknown);
  });
  expect(bodies).toEqual(["left"]);
});

test("prints what the administration client needs", async () => {
  const output = await started(run(ports));
  const admin = new ServiceBusAdministrationClient(printed(output, /Endpoint=\S+(?<!UseDevelopmentEmulator=true)$/m), {
    tlsOptions: { ca: readFileSync(printed(output, /\S+ca\.crt/), "utf8") },
    retryOptions: { maxRetries: 0 },
  });
  expect(await admin.getQueueRuntimeProperties("orders")).toMatchObject({ name: "orders", activeMessageCount: 0 });
});

test("listens on loopback only, and keeps its secrets to the user and out of the log", async () => {
  const command = run(ports, { LOG_LEVEL: "trace" });
  const output = await started(command);
  const connection = connectionString(output);
  await withClient(connection, (client) => client.createSender("orders").sendMessages({ body: "a" }));
  const directory = join(cache, "emulator");
  const modes = readdirSync(directory).map((name) => [
    name,
    (statSync(join(directory, name)).mode & 0o777).toString(8),
  ]);
  expect((statSync(directory).mode & 0o777).toString(8)).toBe("700");
  expect(Object.fromEntries(modes)).toMatchObject({ "keys.json": "600", "tls.key": "600" });
  const key = printed(connection, /(?<=SharedAccessKey=)[^;]+/);
  // Once in each of the two connection strings.
  expect(command.output().split(key).length - 1).toBe(2);
  for (const port of ports.filter((_, index) => index % 2 === 1)) {
    // Another address of this machine's loopback network: a listener on every address would take it.
    const socket = connect(Number(port), "127.0.0.2");
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
  }
});

test("takes queues from a file, and says which it refuses", async () => {
  const path = join(cache, "Config.json");
  const queues = [{ Name: "a" }, { Name: "with-sessions", Properties: { RequiresSession: true } }];
  writeFileSync(path, JSON.stringify({ UserConfig: { Namespaces: [{ Name: "n", Queues: queues }] } }));
  const output = await started(run([...ports, "--config", "Config.json", "--in-memory"], { INIT_CWD: cache }));
  expect(output).toContain("Azure Service Bus emulator with queue a.");
  expect(output).toMatch(/^warning: with-sessions asks for sessions, .*refused$/m);
  expect(output).toContain("in memory only");
  expect(existsSync(join(cache, "emulator/servicebus.db"))).toBe(false);
});

test("makes a certificate that is unusable anew, and leaves the key", async () => {
  const first = run(ports);
  const connection = connectionString(await started(first));
  await first.end("SIGINT");
  const file = join(cache, "emulator/tls.crt");
  writeFileSync(file, "no certificate");
  const second = run(ports);
  expect(connectionString(await started(second))).toBe(connection);
  expect(readFileSync(file, "utf8")).toContain("BEGIN CERTIFICATE");
});

describe("does not start, and says what to do, with", () => {
  async function refusal(options: readonly string[], environment: Record<string, string> = {}): Promise<string> {
    const command = run(options, environment);
    expect(await command.exited).toBe(1);
    expect(command.output()).toMatch(/^error: .*[^]*Fix: /m);
    // No stack: it is nothing that a programmer has to fix.
    expect(command.output()).not.toMatch(/^\s+at /m);
    return command.output();
  }

  test("a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      expect(await refusal([...ports.slice(2), "--port", String(port)])).toContain(
        `--port: port ${port} is taken by another process`,
      );
    } finally {
      server.close();
    }
  });

  test("a data file that another emulator has open", async () => {
    await started(run(ports));
    expect(await refusal(["--port", "0", "--https-port", "0", "--http-port", "0", "--metrics-port", "0"])).toMatch(
      /--data: .*servicebus\.db.* in use/,
    );
  });

  test("a file of queues that is wrong", async () => {
    writeFileSync(join(cache, "Config.json"), `{"UserConfig": {"Namespaces": [{"Name": "n", "Queues": [{}]}]}}`);
    expect(await refusal([...ports, "--config", join(cache, "Config.json")])).toMatch(
      /--config: .*Config\.json is not usable:\n.*Queues\[0\]\.Name: /,
    );
  });

  test("keys that cannot be read, which it does not show", async () => {
    const first = run(ports);
    await started(first);
    await first.end("SIGINT");
    writeFileSync(join(cache, "emulator/keys.json"), "secret text");
    const output = await refusal(ports);
    expect(output).toContain("keys.json holds no usable keys");
    expect(output).not.toContain("secret text");
  });

  test.each([
    ["an unknown option", ["--prot", "1"], "--prot"],
    ["a port that is none", ["--port", "70000"], "--port: "],
    ["options that contradict each other", ["--in-memory", "--data", "x"], "--in-memory and --data contradict"],
  ])("%s", async (_, options, reason) => {
    expect(await refusal(options)).toContain(reason);
  });
});

test("shows its options", async () => {
  const command = run(["--help"]);
  expect(await command.exited).toBe(0);
  for (const option of ["--config", "--data", "--in-memory", "--port"]) expect(command.output()).toContain(option);
  expect(readdirSync(cache)).toEqual([]);
});
