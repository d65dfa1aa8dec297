import { createServer } from "node:http";
import type { Registry } from "prom-client";
import { listen, type Listener } from "./listener.ts";

/**
 * The listener for operators: `/livez`, `/readyz`, `/metrics`, on a port that no client of the service reaches.
 * @param options `host`: address to listen on; without one, all. `notReadyBecause`: why the service should get no traffic now, or undefined when it should.
 * @throws when the port is taken.
 */
export async function listenOperations(options: {
  port: number;
  host?: string | undefined;
  registry: Registry;
  notReadyBecause: () => string | undefined | Promise<string | undefined>;
}): Promise<Listener> {
  const { registry, notReadyBecause } = options;

  async function answer(path: string): Promise<{ status: number; type: string; body: string }> {
    switch (path) {
      case "/livez":
        return { status: 200, type: "text/plain", body: "ok\n" };
      case "/readyz": {
        const reason = await notReadyBecause();
        return { status: reason === undefined ? 200 : 503, type: "text/plain", body: `${reason ?? "ok"}\n` };
      }
      case "/metrics":
        return { status: 200, type: registry.contentType, body: await registry.metrics() };
      default:
        return { status: 404, type: "text/plain", body: "here are /livez, /readyz and /metrics\n" };
    }
  }

  const server = createServer((request, response) => {
    answer((request.url ?? "/").split("?", 1)[0] ?? "/").then(
      ({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body),
      (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`),
    );
  });
  return listen(server, options.port, options.host);
}
