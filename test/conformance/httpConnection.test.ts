import { createHmac } from "node:crypto";
import { once } from "node:events";
import { Agent, request as httpsRequest } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { connect as connectPlain } from "node:net";
import { createLogger } from "../../src/shared/logger.ts";
import type { Listener } from "../../src/shared/listener.ts";
import type { SharedAccessKey } from "../../src/servicebus-emulator/access/sharedAccess.ts";
import { createBroker } from "../../src/servicebus-emulator/broker/broker.ts";
import type { Broker, Queue } from "../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition } from "../../src/servicebus-emulator/model/properties.ts";
import { type BrokerErrorReason, BrokerError } from "../../src/servicebus-emulator/model/brokerError.ts";
import { type HttpTimeouts, listenHttp } from "../../src/servicebus-emulator/https/httpServer.ts";
import { openDataFile } from "../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../src/servicebus-emulator/store/reserve.ts";
import { localhostCertificate } from "../support/certificate.ts";

/** The HTTPS side alone: what it answers to whom, and to what is no proper request. */

const KEYS: SharedAccessKey[] = [
  { name: "manage", key: "key of manage", rights: ["Manage"] },
  { name: "send", key: "key of send", rights: ["Send"] },
  { name: "listen", key: "key of listen", rights: ["Listen"] },
];

const BATCH = { "content-type": "application/vnd.microsoft.servicebus.json" };

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

const nothing = (): void => undefined;

let broker: Broker;
let server: Listener | undefined;
let authority: string;
const sockets: { destroy(): unknown }[] = [];

async function start(overBroker: (broker: Broker) => Broker = (same) => same, timeouts?: HttpTimeouts): Promise<void> {
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
  server = await listenHttp({
    port: 0,
    host: "127.0.0.1",
    tls: { cert: certificate.certificate, key: certificate.key },
    broker: overBroker(broker),
    keys: KEYS,
    log: createLogger("servicebus-emulator", process.env.TEST_LOG_LEVEL === undefined ? "silent" : "debug"),
    ...(timeouts === undefined ? {} : { timeouts }),
  });
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
  server = undefined;
  await broker.close();
});

function token(
  path: string,
  keyName: string,
  { key = KEYS.find(({ name }) => name === keyName)?.key ?? "", expiresInSeconds = 300 } = {},
): string {
  const resource = encodeURIComponent(`https://localhost:${server?.port ?? 0}${path}`.toLowerCase());
  const expiry = Math.floor(Date.now() / 1_000) + expiresInSeconds;
  const signature = createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${keyName}`;
}

function http(options: {
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
async function rawSocket(): Promise<{ socket: TLSSocket; received: () => string; ended: Promise<unknown> }> {
  const socket = connect({ host: "127.0.0.1", port: server?.port ?? 0, servername: "localhost", ca: authority });
  sockets.push(socket);
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => (text += chunk));
  // Being cut off is one of the ways to be told.
  socket.on("error", nothing);
  const ended = once(socket, "close");
  await once(socket, "secureConnect");
  return { socket, received: () => text, ended };
}

describe("what the broker refuses", () => {
  const reasons: [BrokerErrorReason, number][] = [
    ["storage-full", 503],
    ["storage-failed", 503],
    ["quota-exceeded", 403],
    ["entity-disabled", 403],
    ["entity-gone", 404],
  ];
  test.each(reasons)("%s is %d to who sends", async (reason, status) => {
    await start((real) => {
      const queue = (): Queue => {
        const found = real.find("orders")?.queue;
        if (found === undefined) throw new Error("no queue");
        return Object.assign(Object.create(found) as Queue, {
          enqueue: () => Promise.reject(new BrokerError(reason, `because of ${reason}`)),
        });
      };
      return {
        ...real,
        queues: real.queues,
        find: (path) => {
          const located = real.find(path);
          return located && { ...located, queue: queue(), entity: queue().main };
        },
      };
    });
    const answer = await http({ method: "POST", path: "/orders/messages", body: "x" });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(`<Detail>because of ${reason} TrackingId:`);
  });

  test("a queue that is full, or that does not take messages, says so", async () => {
    await start();
    const { queue } = broker.find("orders") ?? {};
    if (queue === undefined) throw new Error("no queue");
    await broker.updateQueue(queue, { ...queue.properties, status: "SendDisabled" });
    expect(await http({ method: "POST", path: "/orders/messages", body: "x" })).toMatchObject({
      status: 403,
      body: expect.stringMatching(/SendDisabled/) as string,
    });
    await broker.updateQueue(queue, { ...queue.properties, status: "Active", maxSizeMegabytes: 1 });
    const large = Buffer.alloc(1024 * 1024 - 1_000);
    expect((await http({ method: "POST", path: "/orders/messages", body: large })).status).toBe(201);
    expect((await http({ method: "POST", path: "/orders/messages", body: large })).status).toBe(201);
    expect(await http({ method: "POST", path: "/orders/messages", body: "x" })).toMatchObject({
      status: 403,
      body: expect.stringMatching(/1 MB/) as string,
    });
  });

  test("a failure of the emulator's own is 500, and tells the client nothing of it", async () => {
    await start((real) => ({
      ...real,
      find: () => {
        throw new Error("secret");
      },
    }));
    const answer = await http({ path: "/orders" });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatch(/its log says why/);
    expect(answer.body).not.toMatch(/secret/);
  });
});

describe("the connection", () => {
  test("is kept for the next request", async () => {
    await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    sockets.push(agent);
    const ports = new Set<unknown>();
    agent.on("free", (socket: TLSSocket) => ports.add(socket.localPort));
    const statuses: number[] = [];
    for (const [method, path] of [
      ["GET", "/orders"],
      ["GET", "/$other"],
      ["POST", "/orders/messages"],
      ["HEAD", "/orders"],
      ["GET", "/orders"],
    ] as const) {
      statuses.push((await http({ method, path, agent })).status);
    }
    expect(statuses).toEqual([200, 501, 201, 200, 200]);
    expect(ports.size).toBe(1);
  });

  test.each([
    ["with its length", { "content-length": String(1024 * 1024 + 1) }],
    ["in pieces", { "transfer-encoding": "chunked" }],
  ])("ends after a body that is too large and comes %s, with an answer", async (_, headers: Record<string, string>) => {
    await start();
    const answer = await http({
      method: "POST",
      path: "/orders/messages",
      headers,
      body: Buffer.alloc(1024 * 1024 + 1),
    });
    expect(answer).toMatchObject({ status: 403, body: expect.stringMatching(/larger than 1048576 bytes/) as string });
    expect(answer.headers.connection).toBe("close");
    const entry = await http({ method: "PUT", path: "/new", headers: {}, body: Buffer.alloc(16 * 1024 + 1) });
    expect(entry).toMatchObject({ status: 413, body: expect.stringMatching(/larger than 16384 bytes/) as string });
    expect(broker.find("orders")?.entity.counts.active).toBe(0);
  });

  test("that breaks off in the middle of a send leaves nothing, and the server goes on", async () => {
    await start();
    const { socket, ended } = await rawSocket();
    const path = "/orders/messages";
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${token(path, "send")}\r\ncontent-length: 100\r\n\r\nabc`,
    );
    socket.end();
    await ended;
    expect((await http({ method: "POST", path, body: "x" })).status).toBe(201);
    expect(broker.find("orders")?.entity.counts.active).toBe(1);
  });

  test.each([
    ["no HTTP", "\x16\x03\x01hello\r\n\r\n", /^HTTP\/1\.1 400 .*The request is not HTTP\.<\/Detail>/s],
    ["no host", "GET /orders HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "length and pieces",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "large headers",
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(70_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 .*larger than 65536 bytes/s,
    ],
  ])("that says %s is told so and ended", async (_, text, answer) => {
    await start();
    const { socket, received, ended } = await rawSocket();
    socket.write(text);
    await ended;
    expect(received()).toMatch(answer);
    expect((await http({ path: "/orders" })).status).toBe(200);
  });

  const quick: HttpTimeouts = { headersMs: 200, requestMs: 60_000, checkMs: 50 };
  test.each([
    ["says nothing", quick, () => ""],
    ["does not end its headers", quick, () => "GET /orders HTTP/1.1\r\nhost: a\r\nx: "],
    [
      "does not end its body",
      { ...quick, requestMs: 200 },
      () =>
        `POST /orders/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\nauthorization: ${token("/orders", "send")}\r\n\r\nabc`,
    ],
  ])("that %s is told so and ended", async (_, timeouts, text) => {
    await start(undefined, timeouts);
    const { socket, received, ended } = await rawSocket();
    socket.write(text());
    await ended;
    expect(received()).toMatch(/^HTTP\/1\.1 408 .*<Detail>The request took too long to come\.<\/Detail>/s);
  });

  test("without TLS is ended", async () => {
    await start(undefined, quick);
    const socket = connectPlain(server?.port ?? 0, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", nothing);
    socket.resume();
    const closed = once(socket, "close");
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await closed;
    const silent = connectPlain(server?.port ?? 0, "127.0.0.1");
    sockets.push(silent);
    silent.on("error", nothing);
    silent.resume();
    await once(silent, "close");
    expect((await http({ path: "/" })).status).toBe(200);
  });

  test("that asks before it sends a large body is told to go on", async () => {
    await start();
    const headers = { ...BATCH, expect: "100-continue" };
    expect((await http({ method: "POST", path: "/orders/messages", headers, body: `[{"Body":"a"}]` })).status).toBe(
      201,
    );
  });

  test("that asks for another protocol is answered in this one", async () => {
    await start();
    const headers = { connection: "upgrade", upgrade: "websocket" };
    expect((await http({ path: "/$servicebus/websocket", headers })).status).toBe(501);
  });
});
