import { createHmac } from "node:crypto";
import { request } from "node:https";
import { ServiceBusAdministrationClient, ServiceBusClient } from "@azure/service-bus";
import { Registry } from "prom-client";
import { createLogger } from "../../../src/shared/logger.ts";
import { createKeys, type Keys } from "../../../src/servicebus-emulator/access/keys.ts";
import type { SharedAccessKey } from "../../../src/servicebus-emulator/access/sharedAccess.ts";
import { queueDefinition, type QueueProperties } from "../../../src/servicebus-emulator/model/properties.ts";
import { startEmulator, type EmulatorConfig } from "../../../src/servicebus-emulator/emulator.ts";
import { localhostCertificate } from "../../support/certificate.ts";

export const KEYS = [
  { name: "all", key: "key of all", rights: ["Manage"] },
  { name: "api", key: "key of api", rights: ["Send"] },
  { name: "worker", key: "key of worker", rights: ["Listen"] },
] as const satisfies SharedAccessKey[];

export type KeyName = (typeof KEYS)[number]["name"];

export interface HttpAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

/** An emulator on loopback, and clients of it that are closed with it. */
export interface TestBus {
  readonly registry: Registry;
  /** Those of {@link KEYS} at the start. */
  readonly keys: Keys;
  readonly amqpPort: number;
  readonly amqpsPort: number | undefined;
  readonly httpsPort: number;
  readonly httpPort: number | undefined;
  connectionString(keyName?: KeyName, key?: string): string;
  client(keyName?: KeyName, key?: string): ServiceBusClient;
  admin(keyName?: KeyName): ServiceBusAdministrationClient;
  http(options: {
    method?: string;
    path: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    /** Which key signs; null sends no token. */
    as?: KeyName | null;
  }): Promise<HttpAnswer>;
  token(path: string, keyName?: KeyName, options?: { key?: string; expiresInSeconds?: number }): string;
  close(): Promise<void>;
}

/** @param config with the properties of the queue `orders`, unless it names its queues. */
export async function startTestBus(
  config: Partial<EmulatorConfig> & { readonly orders?: Partial<QueueProperties> } = {},
): Promise<TestBus> {
  const { orders = {}, ...emulatorConfig } = config;
  const { certificate, key, authority } = await localhostCertificate();
  const registry = new Registry();
  const keys = createKeys(KEYS);
  const emulator = await startEmulator({
    amqpPort: 0,
    httpsPort: 0,
    host: "127.0.0.1",
    queues: [queueDefinition("orders", orders)],
    keys,
    tls: { cert: certificate, key },
    registry,
    log: createLogger("servicebus-emulator", process.env.TEST_LOG_LEVEL ?? "silent"),
    ...emulatorConfig,
  });
  const clients: ServiceBusClient[] = [];
  const keyOf = (keyName: KeyName): string => KEYS.find(({ name }) => name === keyName)?.key ?? "";
  const { httpsPort = 0 } = emulator;
  const httpsOrigin = `https://localhost:${httpsPort}`;

  const connectionString: TestBus["connectionString"] = (keyName = "all", key = keyOf(keyName)) =>
    `Endpoint=sb://127.0.0.1:${emulator.amqpPort};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true`;

  const token: TestBus["token"] = (path, keyName = "all", { key = keyOf(keyName), expiresInSeconds = 300 } = {}) => {
    const resource = encodeURIComponent(`${httpsOrigin}${path}`.toLowerCase());
    const expiry = Math.floor(Date.now() / 1_000) + expiresInSeconds;
    const signature = createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64");
    return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${keyName}`;
  };

  return {
    registry,
    keys,
    amqpPort: emulator.amqpPort,
    amqpsPort: emulator.amqpsPort,
    httpsPort,
    httpPort: emulator.httpPort,
    connectionString,
    client: (keyName, key) => {
      const retryOptions = { maxRetries: 0, timeoutInMs: 5_000 };
      const client = new ServiceBusClient(connectionString(keyName, key), { retryOptions });
      clients.push(client);
      return client;
    },
    admin: (keyName = "all") =>
      new ServiceBusAdministrationClient(
        `Endpoint=sb://localhost:${httpsPort};SharedAccessKeyName=${keyName};SharedAccessKey=${keyOf(keyName)}`,
        { tlsOptions: { ca: authority }, retryOptions: { maxRetries: 0 } },
      ),
    http: ({ method = "GET", path, headers = {}, body = "", as = "all" }) =>
      new Promise((resolve, reject) => {
        const authorization: Record<string, string> = as === null ? {} : { authorization: token(path, as) };
        const sent = request(
          `${httpsOrigin}${path}`,
          { method, ca: authority, agent: false, headers: { ...authorization, ...headers } },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk: string) => (text += chunk));
            response.on("error", reject);
            response.on("end", () => {
              resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"], body: text });
            });
          },
        );
        sent.on("error", reject);
        sent.end(body);
      }),
    token,
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await emulator.close();
    },
  };
}

/** Value of one series of a metric; undefined when it is not there. */
export async function metric(
  registry: Registry,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const found = (await registry.getMetricsAsJSON()).find((one) => one.name === name);
  const values = (found?.values ?? []) as readonly { value: number; labels: Record<string, unknown> }[];
  return values.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))?.value;
}

/** Waits until `condition` gives something other than false or undefined. */
export async function eventually<Value>(
  what: string,
  condition: () => Promise<Value | false | undefined> | Value | false | undefined,
  timeoutMs = 10_000,
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
