import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from "rhea";
import type { Logger } from "../shared/logger.ts";
import type { Broker } from "./broker.ts";
import { CBS, putToken } from "./cbs.ts";
import { createClaims, type Claims } from "./claims.ts";
import { CONNECTION_FORCED, NOT_ALLOWED, NOT_FOUND, NOT_IMPLEMENTED, UNAUTHORIZED } from "./conditions.ts";
import type { Refusal } from "./conditions.ts";
import { sendFrom } from "./egress.ts";
import { MAX_MESSAGE_SIZE_BYTES, receiveInto } from "./ingress.ts";
import { manage, MANAGEMENT } from "./management.ts";
import { answerRequests } from "./requestReply.ts";
import { deliverRawMessages, echoAttach } from "./rheaInternals.ts";
import type { Right, SharedAccessKey } from "./sharedAccess.ts";

/** Heartbeats are asked of the clients at half of this; after twice this without a byte a connection is dropped. In milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;

/** How long clients may take to say goodbye when the server closes, in milliseconds. */
const GOODBYE_MS = 1_000;

const MAX_FRAME_SIZE_BYTES = 64 * 1024;

const SESSION_FILTER = "com.microsoft:session-filter";

export interface AmqpServer {
  readonly port: number;
  readonly connectionCount: number;
  /** Takes no new connections, tells the clients, and ends what is left a second later. */
  close(): Promise<void>;
}

/** Where a link leads. */
type Destination =
  | { readonly kind: "cbs" }
  | { readonly kind: "management" | "entity"; readonly located: NonNullable<ReturnType<Broker["find"]>> };

/** @throws when the port is taken. */
export async function listenAmqp(options: {
  readonly port: number;
  readonly host: string | undefined;
  readonly broker: Broker;
  readonly keys: readonly SharedAccessKey[];
  readonly log: Logger;
}): Promise<AmqpServer> {
  const { port, host, broker, keys, log } = options;
  const container = rhea.create_container({ id: "servicebus-emulator" });
  const connections = new Set<Connection>();
  const claims = new WeakMap<Connection, Claims>();

  container.on("connection_open", ({ connection }: EventContext) => {
    connections.add(connection);
    claims.set(connection, createClaims(keys));
  });
  for (const event of ["connection_close", "disconnected"]) {
    container.on(event, ({ connection }: EventContext) => {
      connections.delete(connection);
    });
  }
  container.on("session_open", ({ session }: EventContext) => {
    if (session !== undefined) deliverRawMessages(session);
  });
  container.on("receiver_open", ({ receiver }: EventContext) => {
    if (receiver !== undefined) accept(receiver, openIngress);
  });
  container.on("sender_open", ({ sender }: EventContext) => {
    if (sender !== undefined) accept(sender, openEgress);
  });
  // What a peer does wrong ends its link, session or connection; without listeners it would end the process.
  for (const event of ["error", "protocol_error"]) {
    container.on(event, (error: unknown) => {
      log.warn({ err: error }, "an AMQP connection broke");
    });
  }
  for (const event of ["connection_error", "session_error", "sender_error", "receiver_error"]) {
    container.on(event, ({ error }: EventContext) => {
      log.debug({ err: error, event }, "a client closed with an error");
    });
  }

  /** Opens a link, or answers it and closes it with the reason. */
  function accept<Link extends Sender | Receiver>(link: Link, open: (link: Link) => Refusal | undefined): void {
    const refusal = open(link);
    if (refusal === undefined) {
      echoAttach(link, MAX_MESSAGE_SIZE_BYTES);
    } else {
      log.info({ link: link.name, ...refusal }, "link refused");
      link.close(refusal);
    }
  }

  /** A client's sender. */
  function openIngress(receiver: Receiver): Refusal | undefined {
    // rhea knows sources and targets only; the third kind of terminus, a transactions coordinator, arrives as one without an address.
    const { target } = receiver;
    if (typeof (target.address as unknown) !== "string") {
      const description = "Transactions are not implemented by this emulator: a link needs a target with an address.";
      return { condition: NOT_IMPLEMENTED, description };
    }
    const destination = locate(target.address);
    if (destination === undefined) return notFound(target.address);
    const { connection } = receiver;
    switch (destination.kind) {
      case "cbs":
        answerRequests(receiver, CBS, (request) => putToken(request, claimsOf(connection), broker.now()));
        return undefined;
      case "management": {
        const { entity } = destination.located;
        const refusal = requireAny(connection, ["Listen", "Send"], entity.path);
        if (refusal !== undefined) return refusal;
        answerRequests(receiver, `${entity.path}/${MANAGEMENT}`, (request) =>
          manage(request, entity, may(connection, "Listen", entity.path), broker.now()),
        );
        return undefined;
      }
      case "entity": {
        const { queue, entity } = destination.located;
        const refusal = requireAny(connection, ["Send"], entity.path);
        if (refusal !== undefined) return refusal;
        if (entity !== queue.main) {
          return { condition: NOT_ALLOWED, description: `Nobody can send to the dead-letter queue "${entity.path}".` };
        }
        receiveInto(receiver, destination.located, broker);
        return undefined;
      }
    }
  }

  /** A client's receiver. */
  function openEgress(sender: Sender): Refusal | undefined {
    const { source } = sender;
    const { address } = source;
    const destination = locate(address);
    if (destination === undefined) return notFound(address);
    switch (destination.kind) {
      case "cbs":
        return undefined;
      case "management":
        return requireAny(sender.connection, ["Listen", "Send"], destination.located.entity.path);
      case "entity": {
        if (Object.hasOwn(source.filter ?? {}, SESSION_FILTER)) {
          return { condition: NOT_IMPLEMENTED, description: "Message sessions are not implemented by this emulator." };
        }
        const refusal = requireAny(sender.connection, ["Listen"], destination.located.entity.path);
        if (refusal !== undefined) return refusal;
        sendFrom(sender, destination.located, broker);
        return undefined;
      }
    }
  }

  function locate(address: unknown): Destination | undefined {
    if (typeof address !== "string") return undefined;
    const path = address.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/^\/|\/$/g, "");
    if (path.toLowerCase() === CBS) return { kind: "cbs" };
    const managed = path.toLowerCase().endsWith(`/${MANAGEMENT}`);
    const located = broker.find(managed ? path.slice(0, -MANAGEMENT.length - 1) : path);
    return located === undefined ? undefined : { kind: managed ? "management" : "entity", located };
  }

  function claimsOf(connection: Connection): Claims {
    const known = claims.get(connection) ?? createClaims(keys);
    claims.set(connection, known);
    return known;
  }

  function may(connection: Connection, wanted: Right, path: string): boolean {
    return claimsOf(connection).allow(wanted, path, broker.now());
  }

  function requireAny(connection: Connection, wanted: readonly Right[], path: string): Refusal | undefined {
    if (wanted.some((one) => may(connection, one, path))) return undefined;
    const description = `Unauthorized access. '${wanted.join("' or '")}' claim(s) are required on "${path}".`;
    return { condition: UNAUTHORIZED, description };
  }

  const server = container.listen({
    port,
    ...(host === undefined ? {} : { host }),
    idle_time_out: IDLE_TIMEOUT_MS,
    max_frame_size: MAX_FRAME_SIZE_BYTES,
    receiver_options: { autoaccept: false },
    // Not in rhea's typings: an abandoned message is not a released one.
    ...{ tcp_no_delay: true, treat_modified_as_released: false },
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return sockets.size;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) {
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

function notFound(address: unknown): Refusal {
  const description = `The messaging entity "${String(address)}" could not be found.`;
  return { condition: NOT_FOUND, description };
}
