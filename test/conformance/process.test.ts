import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBusClient } from "@azure/service-bus";
import { localhostCertificate } from "../support/certificate.ts";
import { eventually } from "./support/testBus.ts";

interface LogLine {
  readonly msg: string;
  readonly amqpPort?: number;
  readonly metricsPort?: number;
}

let directory: string;
let child: ChildProcess;
let output: string;

async function start(environment: Record<string, string> = {}): Promise<void> {
  const { certificate, key } = await localhostCertificate();
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  output = "";
  child = spawn(process.execPath, ["src/servicebus-emulator/main.ts"], {
    env: {
      PATH: process.env.PATH,
      AMQP_PORT: "0",
      HTTPS_PORT: "0",
      METRICS_PORT: "0",
      EMULATOR_KEYS_FILE: file("keys.json", `[{"name":"all","key":"k","rights":["Manage"]}]`),
      EMULATOR_TLS_CERT_FILE: file("tls.crt", certificate),
      EMULATOR_TLS_KEY_FILE: file("tls.key", key),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
}

function logged(message: string): LogLine | undefined {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as LogLine)
    .find(({ msg }) => msg === message);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ownsignal-emulator-"));
});

afterEach(() => {
  child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

it("serves, tells the operator, and on SIGTERM says goodbye to its clients and leaves with 0", async () => {
  await start();
  const { amqpPort, metricsPort } = await eventually("it starts", () => logged("started"));
  const operations = `http://localhost:${metricsPort ?? 0}`;
  expect((await fetch(`${operations}/readyz`)).status).toBe(200);

  const client = new ServiceBusClient(
    `Endpoint=sb://localhost:${amqpPort ?? 0};SharedAccessKeyName=all;SharedAccessKey=k;UseDevelopmentEmulator=true`,
    { retryOptions: { maxRetries: 0, retryDelayInMs: 100 } },
  );
  await client.createSender("orders").sendMessages({ body: "a" });
  let received = 0;
  const errors: unknown[] = [];
  client.createReceiver("orders").subscribe({
    processMessage: () => {
      received += 1;
      return Promise.resolve();
    },
    processError: ({ error }) => {
      errors.push(error);
      return Promise.resolve();
    },
  });
  await eventually("the message is received", () => received === 1);
  const metrics = await (await fetch(`${operations}/metrics`)).text();
  expect(metrics).toMatch(/^servicebus_emulator_messages\{queue="orders",state="(active|locked)"\} 0$/m);
  expect(metrics).toMatch(/^servicebus_emulator_operations_total\{queue="orders",operation="send"\} 1$/m);
  expect(metrics).toMatch(/^servicebus_emulator_lock_losses_total\{queue="orders"\} 0$/m);
  expect(metrics).toMatch(/^servicebus_emulator_connections 1$/m);
  expect(metrics).toMatch(/^servicebus_emulator_management_requests_total\{method="GET"\} 0$/m);
  expect(metrics).toMatch(/^process_resident_memory_bytes /m);

  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(logged("drained")).toBeDefined();
  await client.close();
});

it("starts with a file of queues, and warns of what it refuses and that it keeps nothing", async () => {
  const queues = [{ Name: "a" }, { Name: "b", Properties: { RequiresSession: true } }];
  const path = join(directory, "Config.json");
  writeFileSync(
    path,
    JSON.stringify({ UserConfig: { Namespaces: [{ Name: "n", Queues: queues, Topics: [{ Name: "Topic.1" }] }] } }),
  );
  await start({ EMULATOR_CONFIG_FILE: path });
  expect(await eventually("it starts", () => logged("started"))).toMatchObject({ queues: ["a"] });
  const warnings = output
    .split("\n")
    .filter((line) => line.includes(`"level":40`))
    .map((line) => (JSON.parse(line) as LogLine).msg);
  expect(warnings).toEqual([
    "topic.1 asks for topics, which this emulator does not do: it is refused",
    "b asks for sessions, which this emulator does not do: it is refused",
    "no data file: messages are gone when this process ends",
  ]);
});

it("does not start with what is wrong, and says all of it", async () => {
  await start({
    EMULATOR_KEYS_FILE: "/nowhere/keys.json",
    EMULATOR_CONFIG_FILE: "/nowhere/Config.json",
    LOG_LEVEL: "x",
  });
  expect((await once(child, "exit"))[0]).toBe(78);
  expect(output).toMatch(/^ {2}EMULATOR_KEYS_FILE: cannot read \/nowhere\/keys.json/m);
  expect(output).toMatch(/^ {2}EMULATOR_CONFIG_FILE: cannot read \/nowhere\/Config.json/m);
  expect(output).toMatch(/^ {2}LOG_LEVEL: /m);
});

it.each(["AMQP_PORT", "AMQPS_PORT", "HTTPS_PORT", "METRICS_PORT"])(
  "does not start where %s is taken, and leaves",
  async (variable) => {
    const taken = createServer().listen(0);
    await once(taken, "listening");
    try {
      const { port } = taken.address() as AddressInfo;
      await start({ [variable]: String(port) });
      expect((await once(child, "exit"))[0]).toBe(78);
      expect(output).toContain(`  ${variable}: port ${port} is taken by another process`);
    } finally {
      taken.close();
    }
  },
);

it.each(["192.0.2.1", "not a host"])("does not start on %s, which is no address of this machine", async (host) => {
  await start({ EMULATOR_HOST: host });
  expect((await once(child, "exit"))[0]).toBe(78);
  expect(output).toContain("  EMULATOR_HOST");
  expect(output).toMatch(new RegExp(`: cannot listen: .*${host}`));
});
