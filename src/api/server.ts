import { createServer, type RequestListener } from "node:http";
import { listen, type Listener } from "../shared/listener.ts";

/** Longer than the idle time-outs of common proxies and clients: who closes an idle connection first must be the client. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** The listener for clients. @throws when the port is taken. */
export function listenApi(port: number, listener: RequestListener): Promise<Listener> {
  return listen(createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, listener), port);
}
