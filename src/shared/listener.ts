import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Clients that still send their request then have been slow for long. */
const CLOSE_TIMEOUT_MS = 10_000;

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Accepts nothing new, lets what is in flight end, and resolves when every connection is closed. */
  close(): Promise<void>;
}

/**
 * @param port 0 lets the system choose.
 * @param host address to listen on; without one, all.
 * @throws when the port is taken.
 */
export async function listen(server: Server | TlsServer, port: number, host?: string): Promise<Listener> {
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      // A connection turns idle when its request ends, which may be after this call.
      const sweep = setInterval(() => {
        server.closeIdleConnections();
      }, 50);
      const force = setTimeout(() => {
        server.closeAllConnections();
      }, CLOSE_TIMEOUT_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(force);
    },
  };
}
