import { createHmac } from "node:crypto";
import { once } from "node:events";
import { Agent, request as httpsRequest } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { createLogger } from "../../../src/shared/logger.ts";
import type { Listener } from "../../../src/shared/listener.ts";
import { createKeys } from "../../../src/servicebus-emulator/access/keys.ts";
import type { SharedAccessKey } from "../../../src/servicebus-emulator/access/sharedAccess.ts";
import { createBroker } from "../../../src/servicebus-emulator/broker/broker.ts";
import type { Broker } from "../../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { type HttpTimeouts, listenHttp } from "../../../src/servicebus-emulator/https/httpServer.ts";
import { openDataFile } from "../../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../../src/servicebus-emulator/store/reserve.ts";
import { localhostCertificate } from "../../support/certificate.ts";

const KEYS: SharedAccessKey[] = [
  { name: "manage", key: "key of manage", rights: ["Manage"] },
  { name: "send", key: "key of send", rights: ["Send"] },
  { name: "listen", key: "key of listen", rights: ["Listen"] },
];

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** For errors that are no matter: being cut off is one of the ways to be told. */
export const nothing = (): void => undefined;

/** Of the server that {@link startHttps} started last. */
export let broker: Broker;
export let server: Listener | undefined;
let authority: string;
/** Ended after each test. */
export const sockets: { destroy(): unknown }[] = [];

/** Methods of the management requests that it let in. */
export const managed: string[] = [];

/** Starts the HTTPS side alone, with a queue `orders`. */
export async function startHttps(
  overBroker: (broker: Broker) => Broker = (same) => same,
  timeouts?: HttpTimeouts,
): Promise<void> {
  const certificate = await localhostCertificate();
  authority = certificate.authority;
  broker = createBroker({
    db: openDataFile(undefined),
    reserve: NO_RESERVE,
    unsupported: new Map([["events", "topics"]]),
    events: { opened: nothing, deleted: nothing, operation: nothing, lockLost: nothing },
    onFailure: (error) => {
      throw error;
    },
  });
  await broker.createQueue(queueDefinition("orders"));
  managed.length = 0;
  server = await listenHttp({
    port: 0,
    host: "127.0.0.1",
    tls: { cert: certificate.certificate, key: certificate.key },
    broker: overBroker(broker),
    keys: createKeys(KEYS),
    log: createLogger("servicebus-emulator", process.env.TEST_LOG_LEVEL === undefined ? "silent" : "debug"),
    managed: (method) => managed.push(method),
    ...(timeouts === undefined ? {} : { timeouts }),
  });
}

/** Stops what a test started, after each test of the file. */
export function stopAfterEach(): void {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server?.close();
    server = undefined;
    await broker.close();
  });
}

export function token(
  path: string,
  keyName: string,
  { key = KEYS.find(({ name }) => name === keyName)?.key ?? "", expiresInSeconds = 300 } = {},
): string {
  const resource = encodeURIComponent(`https://localhost:${server?.port ?? 0}${path}`.toLowerCase());
  const expiry = Math.floor(Date.now() / 1_000) + expiresInSeconds;
  const signature = createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${keyName}`;
}

export function http(options: {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  as?: string | null;
  agent?: Agent;
}): Promise<Answer> {
  const { method = "GET", path, headers = {}, body = "", as = "manage", agent = false } = options;
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        ...{ host: "127.0.0.1", port: server?.port, servername: "localhost", ca: authority, agent, method, path },
        headers: { ...(as === null ? {} : { authorization: token(path, as) }), ...headers },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A connection on which a test writes by itself. */
export async function rawSocket(): Promise<{ socket: TLSSocket; received: () => string; ended: Promise<unknown> }> {
  const socket = connect({ host: "127.0.0.1", port: server?.port ?? 0, servername: "localhost", ca: authority });
  sockets.push(socket);
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => (text += chunk));
  socket.on("error", nothing);
  const ended = once(socket, "close");
  await once(socket, "secureConnect");
  return { socket, received: () => text, ended };
}
