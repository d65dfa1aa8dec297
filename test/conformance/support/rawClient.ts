import rhea, { type Connection, type EventContext, type Message, type Receiver, type Sender } from "rhea";

/** An AMQP client without an SDK, for what the SDK does not show. */
export interface RawClient {
  readonly connection: Connection;
  /** Puts a token for the resource `name`; returns what `$cbs` answers. @param also application properties that are otherwise. */
  readonly putToken: (
    name: string,
    token: unknown,
    also?: Record<string, unknown>,
  ) => Promise<{ status: unknown; description: unknown; condition: unknown }>;
  /** Asks an entity's `$management`. */
  readonly manage: (entity: string, operation: string, body: unknown, messageId?: unknown) => Promise<ManagementReply>;
  close(): Promise<void>;
}

export interface ManagementReply {
  readonly status: unknown;
  readonly description: unknown;
  readonly condition: unknown;
  readonly correlationId: unknown;
  readonly body: unknown;
}

export function connectRaw(port: number): RawClient {
  const connection = rhea
    .create_container()
    .connect({ host: "127.0.0.1", port, username: "anonymous", reconnect: false });

  async function ask(address: string, request: Message): Promise<EventContext> {
    const session = connection.create_session();
    session.begin();
    const requests = session.attach_sender({ target: address });
    const replies = session.attach_receiver({ name: "replies", source: address });
    const reply = next(replies, "message");
    await next(requests, "sendable");
    requests.send({ ...request, reply_to: "replies" });
    try {
      return await reply;
    } finally {
      session.close();
    }
  }

  return {
    connection,
    putToken: async (name, token, also = {}) => {
      const { message } = await ask("$cbs", {
        body: token,
        message_id: "1",
        application_properties: { operation: "put-token", name, type: "servicebus.windows.net:sastoken", ...also },
      });
      const properties = (message?.application_properties ?? {}) as Record<string, unknown>;
      return {
        status: properties["status-code"],
        description: properties["status-description"],
        condition: properties["error-condition"],
      };
    },
    manage: async (entity, operation, body, messageId = "1") => {
      const application_properties = { operation: `com.microsoft:${operation}` };
      const request = { body, message_id: messageId, application_properties } as unknown as Message;
      const { message } = await ask(`${entity}/$management`, request);
      const properties = (message?.application_properties ?? {}) as Record<string, unknown>;
      return {
        status: properties.statusCode,
        description: properties.statusDescription,
        condition: properties.errorCondition,
        correlationId: message?.correlation_id,
        body: message?.body as unknown,
      };
    },
    close: async () => {
      if (!connection.is_open()) return;
      const ended = Promise.race([next(connection, "disconnected"), next(connection, "connection_close")]);
      connection.close();
      await ended;
    },
  };
}

/** The next event of this name. */
export function next(emitter: Connection | Sender | Receiver, event: string): Promise<EventContext> {
  return new Promise((resolve) => emitter.once(event, resolve));
}
