import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readCounters } from "../../../loadtest/targets/orders/prometheus/counters.ts";
import { freePort } from "../../../scripts/process/freePort.ts";

const NAMESPACE = "orders-dev";

describe("a Prometheus that gives no usable answer", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function answering(status: number, body: string): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const read = await readCounters({ host: "127.0.0.1", port }, { namespace: NAMESPACE, fromMs: 0, toMs: 1000 });
    return read.kind === "gap" ? read.error : JSON.stringify(read);
  }

  test("that is not listening gives a gap with its address and the error", async () => {
    const port = await freePort();
    const read = await readCounters({ host: "127.0.0.1", port }, { namespace: NAMESPACE, fromMs: 0, toMs: 1000 });
    expect(read).toEqual({
      kind: "gap",
      error: expect.stringMatching(
        /^Prometheus at http:\/\/127\.0\.0\.1:\d+\/api\/v1\/status\/config: .*ECONNREFUSED/,
      ) as string,
    });
  });

  test("that answers with an error, or in another format, gives a gap with the answer", async () => {
    expect(await answering(502, "<html>bad gateway</html>")).toMatch(/answered 502: <html>bad gateway/);
    expect(await answering(400, '{"status":"error","error":"parse error"}')).toMatch(/answered 400: parse error/);
    expect(await answering(200, '{"status":"success","data":{"config":""}}')).toMatch(/in a shape that is not/);
    expect(
      await answering(200, '{"status":"success","data":{"yaml":"global: {evaluation_interval: 1m}","groups":[]}}'),
    ).toMatch(/scrapes nothing/);
  });

  test("that is interrupted gives a gap", async () => {
    const abort = new AbortController();
    abort.abort();
    expect(
      await readCounters(
        { host: "127.0.0.1", port: 1 },
        { namespace: NAMESPACE, fromMs: 0, toMs: 1000, signal: abort.signal },
      ),
    ).toMatchObject({ kind: "gap", error: expect.stringMatching(/interrupted/) as string });
  });
});
