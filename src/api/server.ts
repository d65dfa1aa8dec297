import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Clients that still send their request then have been slow for long. */
const CLOSE_TIMEOUT_MS = 10_000;
/** Longer than the idle time-outs of common proxies and clients: who closes an idle connection first must be the client. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** The listener for clients. */
export interface ApiServer {
  readonly port: number;
  /** Accepts nothing new, lets what is in flight end, and resolves when every connection is closed. */
  close(): Promise<void>;
}

/** @throws when the port is taken. */
export async function listenApi(port: number, listener: RequestListener): Promise<ApiServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, listener);
  server.listen(port);
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
