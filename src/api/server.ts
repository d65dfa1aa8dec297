import { createServer, STATUS_CODES, type RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { listen, type Listener } from "../shared/listener.ts";
import { PROBLEM_CONTENT_TYPE } from "../shared/problemDetails.ts";
import { problemOf, type ProblemKind } from "./problems.ts";

/** Longer than the idle timeouts of common proxies and clients: who closes an idle connection first must be the client. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** An order is small: who takes longer to send one holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 10_000;

/** An idle connection takes some 17 kB: so many take no more memory than the pod requests. What comes beyond is closed at once. */
const MAX_CONNECTIONS = 16_000;

/** The listener for clients. @throws when the port is taken. */
export function listenApi(
  port: number,
  listener: RequestListener,
  { maxConnections = MAX_CONNECTIONS } = {},
): Promise<Listener> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    listener,
  );
  server.maxConnections = maxConnections;
  server.on("clientError", reject);
  return listen(server, port);
}

/** What is no HTTP never becomes a request, so the answer is written by hand. */
function reject(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...rest } = problemOf(kindOf(error.code));
  const body = JSON.stringify({ status, ...rest });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      `content-type: ${PROBLEM_CONTENT_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

function kindOf(code: string | undefined): ProblemKind {
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "request-timeout" : "malformed-request";
}
