import rhea, { type Connection, type EventContext, type Receiver, type Sender } from "rhea";

/** An AMQP client without an SDK, for what the SDK does not show. */
export interface RawClient {
  readonly connection: Connection;
  /** Puts a token for the resource `name`; returns what `$cbs` answers. */
  readonly putToken: (name: string, token: string) => Promise<{ status: unknown; description: unknown }>;
  close(): Promise<void>;
}

export function connectRaw(port: number): RawClient {
  const connection = rhea
    .create_container()
    .connect({ host: "127.0.0.1", port, username: "anonymous", reconnect: false });
  return {
    connection,
    putToken: async (name, token) => {
      const session = connection.create_session();
      session.begin();
      const requests = session.attach_sender({ target: "$cbs" });
      const replies = session.attach_receiver({ name: "replies", source: "$cbs" });
      await next(requests, "sendable");
      const reply = next(replies, "message");
      requests.send({
        body: token,
        message_id: "1",
        reply_to: "replies",
        application_properties: { operation: "put-token", name, type: "servicebus.windows.net:sastoken" },
      });
      const properties = (await reply).message?.application_properties ?? {};
      return { status: properties["status-code"] as unknown, description: properties["status-description"] as unknown };
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
