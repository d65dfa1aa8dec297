import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Logger } from "../../shared/logger.ts";
import { createClaims, type Claims } from "../access/claims.ts";
import type { Right, SharedAccessKey } from "../access/sharedAccess.ts";
import type { Broker, Located, Queue } from "../broker/contract.ts";
import { MAX_MESSAGE_SIZE_BYTES } from "../message/incoming.ts";
import { CBS, putToken } from "./cbs.ts";
import {
  claimMissing,
  CONNECTION_FORCED,
  DETACH_FORCED,
  ENTITY_DISABLED,
  entityNotFound,
  NOT_ALLOWED,
  notImplemented,
} from "./conditions.ts";
import type { Refusal } from "./conditions.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { sendFrom } from "./egress.ts";
import { receiveInto } from "./ingress.ts";
import { manage, MANAGEMENT } from "./management.ts";
import { answerRequests, openReplies } from "./requestReply.ts";
import type { IncomingLink, OutgoingLink } from "./session.ts";

/** How often clients are to be heard, in milliseconds; after twice this without a byte a connection is ended. */
const IDLE_TIMEOUT_MS = 60_000;

/** How long a connection may take until it is open, TLS included, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** How long clients may take to say goodbye when the server closes, in milliseconds. */
const GOODBYE_MS = 1_000;

/** {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-quotas | The service's quota}. */
const MAX_CONNECTIONS = 5_000;

const SESSION_FILTER = "com.microsoft:session-filter";

/** The longest that a timer of Node's runs, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

export interface AmqpServer {
  readonly port: number;
  readonly connectionCount: number;
  /** Takes no new connections, tells the clients, and ends what is left a second later. */
  close(): Promise<void>;
}

/** Where a link leads. */
type Destination =
  | { readonly kind: "cbs" }
  | { readonly kind: "management" | "entity"; readonly located: Located }
  | { readonly kind: "unsupported"; readonly feature: string }
  | { readonly kind: "nowhere" };

/** A link that needs one of these rights for as long as it is open. */
interface GuardedLink {
  readonly link: IncomingLink | OutgoingLink;
  readonly rights: readonly Right[];
  readonly path: string;
}

/** What is known of a connection's client. */
interface Client {
  readonly claims: Claims;
  readonly guarded: Set<GuardedLink>;
  /** Runs out with the next token. */
  expiry: NodeJS.Timeout | undefined;
}

/** @throws when the port is taken or the certificate is unusable. */
export async function listenAmqp(options: {
  readonly port: number;
  readonly host: string | undefined;
  readonly broker: Broker;
  readonly keys: readonly SharedAccessKey[];
  readonly log: Logger;
  /** Certificate (with its chain) and private key, as PEM; without them the connections are plain. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly idleTimeoutMs?: number;
  readonly handshakeTimeoutMs?: number;
}): Promise<AmqpServer> {
  const { port, host, broker, keys, log, tls } = options;
  const { idleTimeoutMs = IDLE_TIMEOUT_MS, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  const clients = new Map<Connection, Client>();

  const connectionHost: ConnectionHost = {
    log,
    idleTimeoutMs,
    handshakeTimeoutMs,
    maxMessageSizeBytes: MAX_MESSAGE_SIZE_BYTES,
    authenticate: (connection, keyName, key) => clientOf(connection).claims.putKey(keyName, key),
    attached: (link) => {
      const refusal = link.role === "incoming" ? openIncoming(link) : openOutgoing(link);
      if (refusal !== undefined) log.info({ link: link.attach.name, ...refusal }, "link refused");
      return refusal;
    },
    closed: (connection) => {
      clearTimeout(clients.get(connection)?.expiry);
      clients.delete(connection);
    },
  };

  function clientOf(connection: Connection): Client {
    const known = clients.get(connection) ?? {
      claims: createClaims(keys),
      guarded: new Set<GuardedLink>(),
      expiry: undefined,
    };
    clients.set(connection, known);
    return known;
  }

  /** A client's sender. */
  function openIncoming(link: IncomingLink): Refusal | undefined {
    const { attach, session } = link;
    if (attach.coordinator) return notImplemented("transactions");
    const destination = locate(attach.target?.address);
    switch (destination.kind) {
      case "nowhere":
        return entityNotFound(attach.target?.address);
      case "unsupported":
        return notImplemented(destination.feature);
      case "cbs":
        answerRequests(link, CBS, (request) => {
          const client = clientOf(session.connection);
          const reply = putToken(
            request,
            client.claims,
            broker.now(),
            (path) => path === "" || locate(path).kind !== "nowhere",
          );
          watchExpiry(client);
          return reply;
        });
        return undefined;
      case "management": {
        const { located } = destination;
        // The SDKs ask for a token of its own; one for the entity covers it.
        const path = `${located.entity.path}/${MANAGEMENT}`;
        const { claims } = clientOf(session.connection);
        const refusal = guard(link, ["Listen", "Send"], path);
        if (refusal !== undefined) return refusal;
        answerRequests(link, path, (request) => {
          const may = (wanted: Right): boolean => claims.allow(wanted, path, broker.now());
          return manage(request, located, broker, may, resource(link, path), log);
        });
        return undefined;
      }
      case "entity": {
        const { queue, entity } = destination.located;
        if (entity !== queue.main) {
          return { condition: NOT_ALLOWED, description: `Nobody can send to the dead-letter queue "${entity.path}".` };
        }
        const refusal = guard(link, ["Send"], entity.path) ?? disabled(queue, "SendDisabled");
        if (refusal !== undefined) return refusal;
        receiveInto(link, destination.located, broker, log);
        return undefined;
      }
    }
  }

  /** A client's receiver. */
  function openOutgoing(link: OutgoingLink): Refusal | undefined {
    const { source } = link.attach;
    const destination = locate(source?.address);
    switch (destination.kind) {
      case "nowhere":
        return entityNotFound(source?.address);
      case "unsupported":
        return notImplemented(destination.feature);
      case "cbs":
        openReplies(link);
        return undefined;
      case "management": {
        const refusal = guard(link, ["Listen", "Send"], `${destination.located.entity.path}/${MANAGEMENT}`);
        if (refusal === undefined) openReplies(link);
        return refusal;
      }
      case "entity": {
        const { queue, entity } = destination.located;
        if (source?.filterNames.includes(SESSION_FILTER) === true) return notImplemented("sessions");
        const refusal = guard(link, ["Listen"], entity.path) ?? disabled(queue, "ReceiveDisabled");
        if (refusal === undefined) sendFrom(link, destination.located, broker, log);
        return refusal;
      }
    }
  }

  function locate(address: string | undefined): Destination {
    if (address === undefined) return { kind: "nowhere" };
    const path = address.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/^\/|\/$/g, "");
    if (path.toLowerCase() === CBS) return { kind: "cbs" };
    const managed = path.toLowerCase().endsWith(`/${MANAGEMENT}`);
    const entityPath = managed ? path.slice(0, -MANAGEMENT.length - 1) : path;
    const located = broker.find(entityPath);
    if (located !== undefined) return { kind: managed ? "management" : "entity", located };
    const feature = broker.unsupportedAt(entityPath);
    return feature === undefined ? { kind: "nowhere" } : { kind: "unsupported", feature };
  }

  /** Lets a link open when its connection has one of the rights, and keeps it open for as long as it has. */
  function guard(link: IncomingLink | OutgoingLink, rights: readonly Right[], path: string): Refusal | undefined {
    const client = clientOf(link.session.connection);
    if (!holds(client, rights, path)) return claimMissing(rights, resource(link, path));
    const guarded = { link, rights, path };
    client.guarded.add(guarded);
    link.whenEnded(() => client.guarded.delete(guarded));
    return undefined;
  }

  function holds({ claims }: Client, rights: readonly Right[], path: string): boolean {
    return rights.some((right) => claims.allow(right, path, broker.now()));
  }

  /** Detaches links when their token has run out and no new one has come, in the service's words. */
  function watchExpiry(client: Client): void {
    clearTimeout(client.expiry);
    for (const { link, rights, path } of client.guarded) {
      if (holds(client, rights, path)) continue;
      const { description } = claimMissing(rights, resource(link, path));
      link.close({
        condition: DETACH_FORCED,
        description: `The link '${link.attach.name}' is force detached. Code: RenewToken. Details: ${description}`,
      });
    }
    const nextMs = client.claims.nextExpiryMs(broker.now());
    if (nextMs === undefined) return;
    client.expiry = setTimeout(
      () => {
        watchExpiry(client);
      },
      Math.min(nextMs - broker.now(), MAX_TIMER_MS),
    );
  }

  function serve(socket: Socket): void {
    const connection = new Connection(socket, connectionHost);
    clientOf(connection);
  }

  const sockets = new Set<Socket>();
  const server =
    tls === undefined
      ? createServer(serve)
      : createTlsServer({ ...tls, handshakeTimeout: handshakeTimeoutMs }, serve).on("tlsClientError", (error) => {
          log.debug({ err: error }, "TLS handshake failed");
        });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("drop", () => {
    log.warn({ limit: MAX_CONNECTIONS }, "a connection was refused: there are too many");
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return sockets.size;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of clients.keys()) {
        connection.close({ condition: CONNECTION_FORCED, description: "The emulator is shutting down." });
      }
      const goodbye = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, GOODBYE_MS);
      await closed;
      clearTimeout(goodbye);
    },
  };
}

function disabled(
  { name, properties: { status } }: Queue,
  also: "SendDisabled" | "ReceiveDisabled",
): Refusal | undefined {
  if (status !== "Disabled" && status !== also) return undefined;
  return {
    condition: ENTITY_DISABLED,
    description: `The messaging entity "${name}" is disabled: its status is ${status}.`,
  };
}

/** An entity's URI, by the name under which the client knows the server. */
function resource(link: IncomingLink | OutgoingLink, path: string): string {
  return `sb://${link.session.connection.hostname}/${path.toLowerCase()}`;
}
