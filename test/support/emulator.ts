import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { localhostCertificate } from "./certificate.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "../../scripts/process/freePort.ts";
import { startProcess, type TestProcess } from "./process.ts";

const QUEUE = "orders";

/** Rights as in dev, and a key for the test that may do all. */
const KEYS = [
  { name: "api", key: "api-key", rights: ["Send"] },
  { name: "worker", key: "worker-key", rights: ["Listen"] },
  { name: "loadtest", key: "loadtest-key", rights: ["Send", "Manage"] },
  { name: "test", key: "test-key", rights: ["Send", "Listen", "Manage"] },
];

export interface TestMessage {
  readonly messageId: string;
  readonly body: unknown;
  readonly applicationProperties?: Record<string, string>;
}

/** As many as surely fit into one batch. */
const BATCH_LENGTH = 500;

/** The real emulator, as a process of the test's own. */
export interface TestEmulator {
  readonly amqpPort: number;
  /** Where its operators look since its last start: `/livez`, `/readyz`, `/metrics`. */
  operationsUrl(): string;
  connectionString(key: "api" | "worker" | "loadtest" | "test"): string;
  send(...messages: TestMessage[]): Promise<void>;
  /** Takes messages out of the dead-letter queue until there are `count`. */
  takeDeadLetters(count: number): Promise<ServiceBusReceivedMessage[]>;
  /** Takes what is on the queue and not locked, until nothing has come for a second. */
  takeActive(): Promise<ServiceBusReceivedMessage[]>;
  pause(): void;
  resume(): void;
  /** Kills it; what it held in memory is lost. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestEmulator(options: { lockDurationMs?: number } = {}): Promise<TestEmulator> {
  const directory = await mkdtemp(join(tmpdir(), "ownsignal-emulator-"));
  const file = (name: string): string => join(directory, name);
  const { certificate, key } = await localhostCertificate();
  await Promise.all([
    writeFile(file("keys.json"), JSON.stringify(KEYS)),
    writeFile(file("tls.crt"), certificate),
    writeFile(file("tls.key"), key),
  ]);
  const amqpPort = await freePort();
  const environment = {
    AMQP_PORT: String(amqpPort),
    HTTPS_PORT: "0",
    METRICS_PORT: "0",
    EMULATOR_QUEUES: QUEUE,
    EMULATOR_KEYS_FILE: file("keys.json"),
    EMULATOR_TLS_CERT_FILE: file("tls.crt"),
    EMULATOR_TLS_KEY_FILE: file("tls.key"),
    EMULATOR_LOCK_DURATION_MS: String(options.lockDurationMs ?? 60_000),
  };
  let server: TestProcess;
  // Made when first used, and anew after a restart.
  let client: ServiceBusClient | undefined;

  function connectionString(name: string): string {
    const sharedAccessKey = KEYS.find((known) => known.name === name)?.key ?? "";
    return `Endpoint=sb://localhost:${amqpPort};SharedAccessKeyName=${name};SharedAccessKey=${sharedAccessKey};UseDevelopmentEmulator=true`;
  }

  async function start(): Promise<void> {
    server = startProcess(process.execPath, ["src/servicebus-emulator/main.ts"], { environment });
    await eventually("the emulator listens", async () => {
      const socket = connect(amqpPort, "127.0.0.1");
      try {
        await once(socket, "connect");
        return true;
      } finally {
        socket.destroy();
      }
    }).catch(async (error: unknown) => {
      // Nobody else will end it: whoever started it gets an error in its place.
      await server.end("SIGKILL");
      throw new Error(`the emulator did not start:\n${server.output()}`, { cause: error });
    });
  }

  function testClient(): ServiceBusClient {
    client ??= new ServiceBusClient(connectionString("test"));
    return client;
  }

  async function take(
    subQueueType: "deadLetter" | undefined,
    enough: (taken: number, came: number) => boolean,
  ): Promise<ServiceBusReceivedMessage[]> {
    const receiver = testClient().createReceiver(QUEUE, subQueueType === undefined ? {} : { subQueueType });
    const taken: ServiceBusReceivedMessage[] = [];
    let came: number;
    try {
      do {
        const messages = await receiver.receiveMessages(200, { maxWaitTimeInMs: 1_000 });
        came = messages.length;
        for (const message of messages) await receiver.completeMessage(message);
        taken.push(...messages);
      } while (!enough(taken.length, came));
      return taken;
    } finally {
      await receiver.close();
    }
  }

  await start();
  return {
    amqpPort,
    operationsUrl: () => {
      const started = /^.*"msg":"started".*$/m.exec(server.output())?.[0];
      if (started === undefined) throw new Error(`the emulator has not started:\n${server.output()}`);
      return `http://127.0.0.1:${(JSON.parse(started) as { metricsPort: number }).metricsPort}`;
    },
    connectionString,
    send: async (...messages) => {
      const sender = testClient().createSender(QUEUE);
      for (let index = 0; index < messages.length; index += BATCH_LENGTH) {
        const batch = messages.slice(index, index + BATCH_LENGTH);
        await sender.sendMessages(batch.map((message) => ({ ...message, contentType: "application/json" })));
      }
      await sender.close();
    },
    takeDeadLetters: (count) => {
      const deadline = performance.now() + 20_000;
      return take("deadLetter", (taken) => taken >= count || performance.now() > deadline);
    },
    takeActive: () => take(undefined, (_taken, came) => came === 0),
    pause: () => {
      server.signal("SIGSTOP");
    },
    resume: () => {
      server.signal("SIGCONT");
    },
    stop: async () => {
      await client?.close();
      client = undefined;
      await server.end("SIGKILL");
    },
    restart: start,
    close: async () => {
      await client?.close();
      await server.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
