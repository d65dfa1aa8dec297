import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createPlainServer } from "node:http";
import { createServer, Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { listen, type Listener } from "../../shared/listener.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Keys } from "../access/keys.ts";
import type { Broker } from "../broker/contract.ts";
import { type BrokerErrorReason, BrokerError } from "../model/brokerError.ts";
import { type Answer, HttpError } from "./answer.ts";
import { errorBody, XML } from "./atom.ts";
import { createApi } from "./api.ts";
import { ClientGoneError } from "./requestBody.ts";
import { explainTls } from "./tlsPort.ts";

/** How long a client may take, in milliseconds. */
export interface HttpTimeouts {
  /** From the connection, or the end of the last request, to the end of a request's headers. */
  readonly headersMs: number;
  /** To the end of the request. */
  readonly requestMs: number;
  /** How often slow requests are looked for. */
  readonly checkMs: number;
}

const TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000, checkMs: 2_000 };

/** Longer than the pauses between the queries of a scaler, so that it can keep its connection. */
const KEEP_ALIVE_MS = 75_000;

/** A connection on which nothing moves, not even an answer that nobody reads. */
const SILENCE_MS = 120_000;

/** The service's own limit for the properties of a message, which are headers here: 64 kB, {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-quotas}. */
const MAX_HEADERS_BYTES = 64 * 1024;

/** What a refusal of the broker's is in HTTP. The SDKs know 403 for a full queue and 503 for "try again", and do so by themselves. */
const STATUS_OF: Readonly<Record<BrokerErrorReason, number>> = {
  "storage-full": 503,
  "storage-failed": 503,
  "quota-exceeded": 403,
  "entity-gone": 404,
  "entity-disabled": 403,
  "already-exists": 409,
};

/** The management API and sending over REST. @throws when the port is taken or the certificate is unusable. */
export async function listenHttp(options: {
  readonly port: number;
  readonly host: string | undefined;
  /** Certificate (with its chain) and private key, as PEM; without them it is plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly broker: Broker;
  readonly keys: Pick<Keys, "current">;
  readonly log: Logger;
  /** Of each request of the management API that is let in. */
  readonly managed: (method: string) => void;
  readonly timeouts?: HttpTimeouts;
}): Promise<Listener> {
  const { port, host, tls, broker, keys, log, managed, timeouts = TIMEOUTS } = options;
  const respond = createApi({ broker, keys, scheme: tls === undefined ? "http" : "https", managed });
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    respond(request).then(
      (answer) => {
        write(response, answer);
      },
      (error: unknown) => {
        const answer = answerTo(error, request);
        if (answer !== undefined) write(response, answer);
      },
    );
  };
  const limits = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADERS_BYTES,
  };
  const server =
    tls === undefined
      ? createPlainServer(limits, serve)
      : createServer({ ...tls, ...limits, handshakeTimeout: timeouts.headersMs }, serve);
  if (server instanceof HttpsServer) explainTls(server, timeouts.headersMs);
  server.timeout = SILENCE_MS;
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    log.debug({ err: error }, "a request that is not HTTP, or too slow");
    answerRaw(socket, error.code);
  });
  server.on("tlsClientError", (error) => {
    log.debug({ err: error }, "TLS handshake failed");
  });

  function answerTo(error: unknown, request: IncomingMessage): Answer | undefined {
    if (error instanceof ClientGoneError) {
      log.debug("a client went away in the middle of its request");
      return undefined;
    }
    const { method, url } = request;
    const trackingId = randomUUID();
    const [status, detail] = statusAndDetail(error);
    if (status >= 500 && status !== 501) log.error({ err: error, trackingId, method, url }, "request failed");
    else log.debug({ trackingId, method, url, status, detail }, "request rejected");
    const tracked = `${detail} TrackingId:${trackingId}, SystemTracker:${request.headers.host ?? ""}, Timestamp:${new Date(broker.now()).toISOString().slice(0, 19)}`;
    const { headers, close } = error instanceof HttpError ? error : { headers: {}, close: false };
    return { status, type: XML, body: errorBody(status, tracked), headers, close };
  }

  return listen(server, port, host);
}

function statusAndDetail(error: unknown): [status: number, detail: string] {
  if (error instanceof HttpError) return [error.status, error.message];
  if (!(error instanceof BrokerError)) return [500, "The emulator failed; its log says why."];
  const status = STATUS_OF[error.reason];
  // The JavaScript SDK tells the two meanings of 409 by their sub-code.
  return [status, status === 409 ? `SubCode=40900. Conflict. ${error.message}` : error.message];
}

function write(response: ServerResponse, { status, type, body = "", headers = {}, close = false }: Answer): void {
  response.writeHead(status, {
    ...headers,
    ...(type === undefined ? {} : { "content-type": type }),
    "content-length": Buffer.byteLength(body),
    ...(close ? { connection: "close" } : {}),
  });
  // Node leaves the body out where the method is HEAD.
  response.end(body);
}

/** How long a client may read what it did wrong, before its connection is cut; in milliseconds. */
const LINGER_MS = 1_000;

/** Answers what never became a request, as far as there is HTTP at all: before the end of TLS's handshake nothing can be written. */
function answerRaw(socket: Duplex, code = ""): void {
  const tooSlow = code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (!socket.writable || !(tooSlow || code.startsWith("HPE_"))) {
    socket.destroy();
    return;
  }
  const [status, reason, detail]: [number, string, string] = tooSlow
    ? [408, "Request Timeout", "The request took too long to come."]
    : code === "HPE_HEADER_OVERFLOW"
      ? [431, "Request Header Fields Too Large", `The headers are larger than ${MAX_HEADERS_BYTES} bytes.`]
      : [400, "Bad Request", "The request is not HTTP."];
  const body = errorBody(status, detail);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${XML}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  // Cut at once, with what it still sends unread, the connection would be reset and the answer lost.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => {
    clearTimeout(linger);
  });
}
