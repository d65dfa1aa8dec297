import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Endpoint } from "../../loadtest/model/endpoint.ts";

/**
 * Forwards from loopback to an address, so that a browser (or an ssh tunnel) reaches what only this machine has a route to.
 * @param preferredPort taken if it is free; another free one otherwise.
 */
export async function forwardToLoopback(target: Endpoint, preferredPort: number): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(target.port, target.host);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(preferredPort).catch(() => listen(0));
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await target.close();
    },
  };
}
