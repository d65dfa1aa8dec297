import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { parseWatchOptions } from "../../../scripts/watch/options.ts";
import { type LiveServer, startLiveServer } from "../../../scripts/watch/server.ts";

let server: LiveServer;
beforeEach(async () => {
  server = await startLiveServer("<!doctype html><title>page</title>", 0);
});
afterEach(async () => {
  await server.close();
});

async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<IncomingMessage> {
  const request = get({ host: "127.0.0.1", port: server.port, path, headers, method });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** Frames are told apart by their number, which stands at their end. */
function frame(number: number, bytes: number): string {
  return `${"x".repeat(bytes)}#${number}`;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((wake) => setImmediate(wake));
}

test("the server answers its page and feed only, and local hosts only", async () => {
  const page = await ask("/");
  expect(page.statusCode).toBe(200);
  expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  page.resume();
  for (const [path, headers, method, status] of [
    ["/other", {}, "GET", 404],
    ["/", {}, "POST", 405],
    // A name of somebody else's that leads here.
    ["/feed", { host: "evil.example:80" }, "GET", 403],
  ] as const) {
    const response = await ask(path, headers, method);
    expect(response.statusCode).toBe(status);
    response.resume();
  }
});

test("a slow browser misses frames and gets the newest, and memory does not grow", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  socket.pause();
  await until(() => server.browsers === 1);
  const before = process.memoryUsage().external + process.memoryUsage().heapUsed;
  const megabyte = 1024 ** 2;
  for (let number = 1; number <= 200; number++) {
    server.publish(() => frame(number, megabyte));
    await new Promise((wake) => setImmediate(wake));
  }
  const grown = process.memoryUsage().external + process.memoryUsage().heapUsed - before;
  expect(grown).toBeLessThan(100 * megabyte);

  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.resume();
  await until(() => text.includes("#200"));
  expect(text.match(/#\d+/g)?.length).toBeLessThan(20);
  socket.destroy();
});

test("after the last browser disconnects, no frame is made", async () => {
  const response = await ask("/feed");
  await until(() => server.browsers === 1);
  response.destroy();
  await until(() => server.browsers === 0);
  let made = 0;
  server.publish(() => {
    made += 1;
    return "";
  });
  expect(made).toBe(0);
});

test("a port in use is an error with a fix", async () => {
  await expect(startLiveServer("", server.port)).rejects.toMatchObject({
    message: `port ${server.port} cannot be listened on`,
    fix: "choose another, or none for any that is free",
  });
});

test("options are parsed, and a wrong one is an error that names it", () => {
  expect(parseWatchOptions([], "watch")).toEqual({
    ...{ help: false, port: 0, queue: "orders" },
    ...{ context: undefined, namespace: undefined },
  });
  expect(parseWatchOptions(["--port", "8800", "-n", "orders"], "watch")).toMatchObject({
    port: 8800,
    namespace: "orders",
  });
  for (const port of ["70000", "-1", "http", ""]) {
    expect(() => parseWatchOptions([`--port=${port}`], "watch")).toThrow(`--port ${port} is not a port`);
  }
  expect(() => parseWatchOptions(["--prot", "1"], "watch")).toThrow("Unknown option '--prot'");
});
