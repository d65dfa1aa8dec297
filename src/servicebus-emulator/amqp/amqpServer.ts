import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Logger } from "../../shared/logger.ts";
import type { Keys } from "../access/keys.ts";
import type { Broker } from "../broker/contract.ts";
import { MAX_MESSAGE_SIZE_BYTES } from "../message/incoming.ts";
import { createAccessGuard } from "./accessGuard.ts";
import { CONNECTION_FORCED } from "./conditions.ts";
import { Connection } from "./connection.ts";
import type { ConnectionHandle, ConnectionHost } from "./contract.ts";
import { createLinkRouter } from "./linkRouter.ts";

/** Azure's own: a connection on which nothing is heard for as long is ended. */
const IDLE_TIMEOUT_MS = 240_000;

/** How long a connection may take until it is open, TLS included, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** How long clients may take to say goodbye when the server closes, in milliseconds. */
const GOODBYE_MS = 1_000;

/** {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-quotas | The service's quota}. */
const MAX_CONNECTIONS = 5_000;

export interface AmqpServer {
  readonly port: number;
  readonly connectionCount: number;
  /** Takes no new connections, tells the clients, and ends what is left a second later. */
  close(): Promise<void>;
}

/** @throws when the port is taken or the certificate is unusable. */
export async function listenAmqp(options: {
  readonly port: number;
  readonly host: string | undefined;
  readonly broker: Broker;
  readonly keys: Keys;
  readonly log: Logger;
  /** Certificate (with its chain) and private key, as PEM; without them the connections are plain. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly idleTimeoutMs?: number;
  readonly handshakeTimeoutMs?: number;
}): Promise<AmqpServer> {
  const { port, host, broker, keys, log, tls } = options;
  const { idleTimeoutMs = IDLE_TIMEOUT_MS, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  const guard = createAccessGuard(keys, broker.now);
  const connections = new Map<ConnectionHandle, Connection>();

  const connectionHost: ConnectionHost = {
    log,
    idleTimeoutMs,
    handshakeTimeoutMs,
    maxMessageSizeBytes: MAX_MESSAGE_SIZE_BYTES,
    authenticate: (connection, keyName, key) => guard.claimsOf(connection).putKey(keyName, key, broker.now()),
    attached: createLinkRouter(broker, guard, log),
    closed: (connection) => {
      guard.forget(connection);
      connections.delete(connection);
    },
  };

  function serve(socket: Socket): void {
    const connection = new Connection(socket, connectionHost);
    connections.set(connection, connection);
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
      for (const connection of connections.values()) {
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
