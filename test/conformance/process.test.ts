import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  expect(metrics).toMatch(/^process_resident_memory_bytes /m);

  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(logged("drained")).toBeDefined();
  await client.close();
});

it("does not start without its files, and says which", async () => {
  await start({ EMULATOR_KEYS_FILE: "/nowhere/keys.json" });
  expect((await once(child, "exit"))[0]).toBe(78);
  expect(output).toMatch(/EMULATOR_KEYS_FILE: cannot read \/nowhere\/keys.json/);
});

it("does not start with a port that is taken, and leaves", async () => {
  const taken = (await import("node:net")).createServer().listen(0);
  await once(taken, "listening");
  const address = taken.address();
  await start({ AMQP_PORT: String(typeof address === "object" ? address?.port : 0) });
  expect((await once(child, "exit"))[0]).toBe(1);
  expect(output).toMatch(/EADDRINUSE/);
  taken.close();
});
