import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectPlain } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpTimeouts } from "../../src/servicebus-emulator/https/httpServer.ts";
import {
  broker,
  http,
  nothing,
  rawSocket,
  server,
  sockets,
  startHttps,
  stopAfterEach,
  token,
} from "./support/httpsServer.ts";

/** The HTTPS side alone: connections, and what is no proper request. */
stopAfterEach();

const BATCH = { "content-type": "application/vnd.microsoft.servicebus.json" };

describe("the connection", () => {
  test("is kept for the next request", async () => {
    await startHttps();
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
    await startHttps();
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
    await startHttps();
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
    await startHttps();
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
    await startHttps(undefined, timeouts);
    const { socket, received, ended } = await rawSocket();
    socket.write(text());
    await ended;
    expect(received()).toMatch(/^HTTP\/1\.1 408 .*<Detail>The request took too long to come\.<\/Detail>/s);
  });

  test("without TLS is ended", async () => {
    await startHttps(undefined, quick);
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
    await startHttps();
    const headers = { ...BATCH, expect: "100-continue" };
    expect((await http({ method: "POST", path: "/orders/messages", headers, body: `[{"Body":"a"}]` })).status).toBe(
      201,
    );
  });

  test("that asks for another protocol is answered in this one", async () => {
    await startHttps();
    const headers = { connection: "upgrade", upgrade: "websocket" };
    expect((await http({ path: "/$servicebus/websocket", headers })).status).toBe(501);
  });
});
