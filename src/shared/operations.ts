import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** The listener for operators: `/livez`, `/readyz`, `/metrics`, on a port that no client of the service reaches. */
export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * @param notReadyBecause why the service should get no traffic now, or undefined when it should.
 * @throws when the port is taken.
 */
export async function listenOperations(options: {
  port: number;
  registry: Registry;
  notReadyBecause: () => string | undefined | Promise<string | undefined>;
}): Promise<OperationsServer> {
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
  server.listen(options.port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.resolve();
    },
  };
}
