import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { listen, type Listener } from "../shared/listener.ts";
import type { Logger } from "../shared/logger.ts";
import { ATOM_ENTRY, ATOM_FEED, errorBody, queueEntry, queueFeed, XML, type QueueDates } from "./atom.ts";
import type { Broker } from "./broker.ts";
import { MAX_MESSAGE_SIZE_BYTES } from "./ingress.ts";
import { MalformedMessageError } from "./rawMessage.ts";
import { BadMessageError, BATCH_TYPE, batchMessages, singleMessage } from "./restMessage.ts";
import { allows, InvalidTokenError, verifyToken, type Right, type SharedAccessKey } from "./sharedAccess.ts";

/** Queues on a page of the list, unless the client asks for fewer; the service's own limit. */
const MAX_PAGE_SIZE = 100;

const DEFAULT_API_VERSION = "2021-05";

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

/** An answer that is not the wished one. */
class Refused extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The management API, as far as it reads, and sending over REST. @throws when the port is taken or the certificate is unusable. */
export async function listenHttps(options: {
  readonly port: number;
  readonly host: string | undefined;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly broker: Broker;
  readonly keys: readonly SharedAccessKey[];
  readonly log: Logger;
}): Promise<Listener> {
  const { port, host, tls, broker, keys, log } = options;
  const dates: QueueDates = { createdAt: new Date(broker.now()) };

  const server = createServer(tls, (request, response) => {
    respond(request).then(
      (answer) => {
        write(response, answer);
      },
      (error: unknown) => {
        if (error instanceof Refused) {
          write(response, { status: error.status, type: XML, body: errorBody(error.status, error.message) });
        } else if (request.destroyed && !request.complete) {
          log.debug({ err: error }, "a client went away in the middle of its request");
        } else {
          log.error({ err: error, method: request.method, url: request.url }, "request failed");
          write(response, { status: 500, type: XML, body: errorBody(500, "The emulator failed; its log says why.") });
        }
      },
    );
  });
  server.on("tlsClientError", (error) => {
    log.debug({ err: error }, "TLS handshake failed");
  });

  async function respond(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "https://emulator");
    const path = decodedPath(url.pathname);
    if (request.method === "GET" && path.toLowerCase() === "$resources/queues") {
      authorize(request, "Manage", path);
      return listQueues(url, origin(request));
    }
    if (request.method === "POST" && path.toLowerCase().endsWith("/messages")) {
      const name = path.slice(0, -"/messages".length);
      authorize(request, "Send", path);
      return send(name, request);
    }
    if (path === "" || path.startsWith("$") || /\/(messages|subscriptions)(\/|$)/i.test(path)) {
      throw new Refused(501, `${request.method ?? ""} /${path} is not implemented by this emulator.`);
    }
    if (request.method !== "GET") {
      throw new Refused(
        501,
        `${request.method ?? ""} of a queue is not implemented by this emulator: queues are fixed.`,
      );
    }
    authorize(request, "Manage", path);
    const queue = findQueue(path);
    const apiVersion = url.searchParams.get("api-version") ?? DEFAULT_API_VERSION;
    return { status: 200, type: ATOM_ENTRY, body: queueEntry(queue, origin(request), apiVersion, dates) };
  }

  function authorize(request: IncomingMessage, wanted: Right, path: string): void {
    const token = request.headers.authorization;
    if (token === undefined) throw new Refused(401, "MissingToken: The authorization header was not found.");
    const nowMs = broker.now();
    try {
      if (allows(verifyToken(token, keys, nowMs), wanted, path, nowMs)) return;
    } catch (error) {
      if (error instanceof InvalidTokenError) throw new Refused(401, error.message);
      throw error;
    }
    throw new Refused(401, `Unauthorized access. '${wanted}' claim(s) are required on "${path}".`);
  }

  function findQueue(name: string) {
    const located = broker.find(name);
    if (located === undefined || located.entity !== located.queue.main) {
      throw new Refused(404, `The messaging entity "${name}" could not be found.`);
    }
    return located.queue;
  }

  function listQueues(url: URL, from: string): Answer {
    const skip = wholeNumber(url, "$skip") ?? 0;
    const top = Math.min(wholeNumber(url, "$top") ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE);
    const apiVersion = url.searchParams.get("api-version") ?? DEFAULT_API_VERSION;
    const href = (skipped: number): string =>
      `${from}/$Resources/Queues?api-version=${encodeURIComponent(apiVersion)}&$skip=${skipped}&$top=${top}`;
    // Clients page until they get an empty page, so the end must be one.
    const page = broker.queues.slice(skip, skip + top);
    const more = skip + page.length < broker.queues.length;
    const links = { selfHref: href(skip), nextHref: more ? href(skip + top) : undefined };
    return { status: 200, type: ATOM_FEED, body: queueFeed(page, from, apiVersion, dates, links) };
  }

  async function send(name: string, request: IncomingMessage): Promise<Answer> {
    const queue = findQueue(name);
    const body = await readBody(request);
    const contentType = request.headers["content-type"];
    const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
    const header = request.headers.brokerproperties;
    try {
      const messages =
        mediaType === BATCH_TYPE
          ? batchMessages(body)
          : [singleMessage(body, contentType, Array.isArray(header) ? header.join() : header)];
      queue.enqueue(messages, broker.now());
    } catch (error) {
      if (error instanceof BadMessageError || error instanceof MalformedMessageError) {
        throw new Refused(400, `BadRequest: ${error.message}.`);
      }
      throw error;
    }
    return { status: 201 };
  }

  return listen(server, port, host);
}

/** @throws {Refused} 413, and the connection is to be closed, when the body is larger than a message may be. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Without this, leaving the loop would end the connection before the answer.
  const read = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of read) {
    length += chunk.length;
    if (length > MAX_MESSAGE_SIZE_BYTES) {
      throw new Refused(413, `The body is larger than ${MAX_MESSAGE_SIZE_BYTES} bytes, the largest that is allowed.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, { status, type, body = "" }: Answer): void {
  response.writeHead(status, {
    ...(type === undefined ? {} : { "content-type": type }),
    "content-length": Buffer.byteLength(body),
    // After too large a body the rest of it is still on its way.
    ...(status === 413 ? { connection: "close" } : {}),
  });
  response.end(body);
}

function origin(request: IncomingMessage): string {
  return `https://${request.headers.host ?? "localhost"}`;
}

function decodedPath(pathname: string): string {
  try {
    return decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "");
  } catch {
    throw new Refused(400, `The path ${pathname} is not URL-encoded.`);
  }
}

function wholeNumber(url: URL, name: string): number | undefined {
  const value = url.searchParams.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new Refused(400, `${name} must be a whole number, got "${value}".`);
  return Number(value);
}
