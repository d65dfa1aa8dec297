import type { IncomingMessage } from "node:http";
import type { Keys } from "../access/keys.ts";
import { allows, InvalidTokenError, type Right, verifyToken } from "../access/sharedAccess.ts";
import type { Broker, ResolvedAddress } from "../broker/contract.ts";
import { MAX_MESSAGE_SIZE_BYTES } from "../message/incoming.ts";
import { type Answer, HttpError, notImplemented, notImplementedAt } from "./answer.ts";
import { type Asked, ATOM_FEED, emptyFeed } from "./atom.ts";
import { createManagement } from "./management.ts";
import { MAX_ENTRY_BYTES } from "./queueEntry.ts";
import { readBody } from "./requestBody.ts";
import { parseTarget, type RequestTarget } from "./requestTarget.ts";
import { BATCH_TYPE, batchMessages, singleMessage, tooLarge } from "./restMessage.ts";

const DEFAULT_API_VERSION = "2021-05";

/** What a method on an entity is for, in the words of the service's refusals. */
const ACTIONS: Readonly<Record<string, string>> = {
  GET: "Manage,EntityRead",
  HEAD: "Manage,EntityRead",
  PUT: "Manage,EntityWrite",
  DELETE: "Manage,EntityDelete",
};

/** As Microsoft's emulator answers `GET /health`, without a token. */
const HEALTHY: Answer = { status: 200, type: "application/json", body: `{"status":"healthy"}` };

/** Lists of what this emulator does not have, by the resource's name in lower case. */
const OTHER_RESOURCES: Readonly<Record<string, string>> = { topics: "Topics are", eventhubs: "Event hubs are" };

/**
 * Finds out what a request is for, whether it may, and does it.
 * Rejects with `HttpError`, `BrokerError`, or `ClientGoneError`; anything else is a fault of the emulator's.
 */
export function createApi({
  broker,
  keys,
  scheme,
  managed,
}: {
  readonly broker: Broker;
  readonly keys: Pick<Keys, "current">;
  readonly scheme: "http" | "https";
  /** Is told of each request of the management API that may do what it asks for. */
  readonly managed: (method: string) => void;
}): (request: IncomingMessage) => Promise<Answer> {
  const management = createManagement(broker);

  return async (request) => {
    const target = parseTarget(request.url ?? "/");
    const { path } = target;
    const lower = path.toLowerCase();
    // So that one can see, as on Azure, whether it can be reached at all.
    if (lower === "health" && reads(request) && broker.find(path) === undefined) return HEALTHY;
    if (path === "" && reads(request)) return { status: 200, type: ATOM_FEED, body: emptyFeed(broker.now()) };
    if (lower === "$servicebus/websocket") throw notImplemented("AMQP over WebSockets is");
    const runtime = /^(.+)\/messages(?:\/(.*))?$/is.exec(path);
    if (runtime !== null) return message(request, target, runtime[1] ?? "", runtime[2]);
    return manage(request, target);
  };

  /** Everything about messages: sending is done, receiving and settling is not. */
  async function message(
    request: IncomingMessage,
    target: RequestTarget,
    entity: string,
    rest: string | undefined,
  ): Promise<Answer> {
    if (rest !== undefined) {
      authorize(request, "Listen", target);
      throw notImplemented(rest.toLowerCase() === "head" ? "Receiving over REST is" : "Settling over REST is");
    }
    if (request.method !== "POST") throw wrongMethod(request, "POST");
    authorize(request, "Send", target);
    const { queue } = findForSend(entity);
    const body = await readBody(request, MAX_MESSAGE_SIZE_BYTES, () => tooLarge(undefined));
    const nowMs = broker.now();
    const { "content-type": contentType, brokerproperties: brokerProperties } = request.headers;
    const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
    const headers = { contentType, brokerProperties: [brokerProperties ?? []].flat().join() || undefined };
    const messages =
      mediaType === BATCH_TYPE ? batchMessages(body, nowMs) : [singleMessage(body, headers, request.rawHeaders, nowMs)];
    await queue.enqueue(messages, nowMs);
    return { status: 201 };
  }

  async function manage(request: IncomingMessage, target: RequestTarget): Promise<Answer> {
    const { path, query } = target;
    const lower = path.toLowerCase();
    const { method = "" } = request;
    const action = ACTIONS[method];
    if (action === undefined) throw wrongMethod(request, "GET, HEAD, PUT, DELETE");
    authorize(request, "Manage", target, action);
    managed(method);
    const asked: Asked = {
      origin: `${scheme}://${request.headers.host ?? "localhost"}`,
      apiVersion: query.get("api-version") ?? DEFAULT_API_VERSION,
    };
    const resource = /^\$resources\/(.*)$/.exec(lower)?.[1];
    if (path === "" || resource !== undefined || lower === "$namespaceinfo") {
      if (!reads(request)) throw wrongMethod(request, "GET, HEAD");
      if (lower === "$namespaceinfo") return management.namespace(asked);
      if (resource === "queues") return management.list(query, asked);
      throw notImplemented(OTHER_RESOURCES[resource ?? ""] ?? `/${path} is`);
    }
    if (/\/rules(\/|$)/.test(lower)) throw notImplemented("Rules are");
    if (/\/subscriptions(\/|$)/.test(lower)) throw notImplemented("Subscriptions are");
    if (path.startsWith("$")) throw notImplemented(`/${path} is`);
    switch (request.method) {
      case "PUT": {
        const body = await readBody(request, MAX_ENTRY_BYTES, entryTooLarge);
        return management.put(path, request.headers["if-match"], body.toString("utf8"), asked);
      }
      case "DELETE":
        return management.remove(path);
      case undefined:
      default:
        return management.get(path, asked);
    }
  }

  /** @param action as the service names it when it refuses management. */
  function authorize(
    request: IncomingMessage,
    right: Right,
    { path, encodedPath }: RequestTarget,
    action?: string,
  ): void {
    const token = request.headers.authorization;
    if (token === undefined) throw new HttpError(401, "MissingToken: The authorization header was not found.");
    const nowMs = broker.now();
    try {
      const grant = verifyToken(token, keys.current(), nowMs);
      if (allows(grant, right, path, nowMs) || allows(grant, right, encodedPath, nowMs)) return;
      // As on Azure, who may do anything hears that a queue is not there.
      const isMissing = path !== "" && !path.startsWith("$") && broker.find(path) === undefined;
      if (action?.endsWith("Read") === true && isMissing && broker.unsupportedAt(path) === undefined) return;
    } catch (error) {
      if (error instanceof InvalidTokenError) throw new HttpError(401, error.message);
      throw error;
    }
    if (action === undefined) {
      throw new HttpError(
        401,
        `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: "${path}".`,
      );
    }
    throw new HttpError(
      401,
      action.endsWith("Read")
        ? `${action} claims required for this operation. Resource: "${path}".`
        : `Authorization failed for specified action: ${action}. Resource: "${path}".`,
    );
  }

  function findForSend(entity: string): ResolvedAddress {
    const located = broker.find(entity);
    if (located === undefined) {
      const feature = broker.unsupportedAt(entity);
      if (feature !== undefined) throw notImplementedAt(entity, feature);
      throw new HttpError(404, `40400: Endpoint not found. The messaging entity "${entity}" could not be found.`);
    }
    if (located.entity !== located.queue.main) {
      throw new HttpError(400, `Messages cannot be sent to "${entity}": only the queue itself puts them there.`);
    }
    return located;
  }
}

function reads({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function wrongMethod({ method = "", url = "" }: IncomingMessage, allowed: string): HttpError {
  return new HttpError(405, `The method ${method} is not for ${url.split("?", 1)[0] ?? ""}; want ${allowed}.`, {
    headers: { allow: allowed },
  });
}

function entryTooLarge(): HttpError {
  return new HttpError(413, `The body is larger than ${MAX_ENTRY_BYTES} bytes, the most that a description may have.`, {
    close: true,
  });
}
