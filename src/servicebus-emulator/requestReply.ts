import rhea, { type EventContext, type Message, type Receiver, type Sender, type Session } from "rhea";
import { DECODE_ERROR } from "./conditions.ts";
import { accepted, afterAttach, rejected, settle } from "./rheaInternals.ts";

/** What goes back: `properties` become application properties. */
export interface Reply {
  readonly properties: Record<string, unknown>;
  readonly body?: unknown;
}

/** A decoded request. */
export interface Request {
  readonly operation: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/**
 * Answers each request that comes over this link. The reply goes to the link of the same session that receives from `address`, and of
 * several to the one that the request names in `reply-to`.
 */
export function answerRequests(receiver: Receiver, address: string, answer: (request: Request) => Reply): void {
  receiver.on("message", (context: EventContext) => {
    const { delivery } = context;
    if (delivery === undefined) return;
    let message: Record<string, unknown>;
    try {
      message = rhea.message.decode(context.message as unknown as Buffer);
    } catch (error) {
      settle(delivery, rejected({ condition: DECODE_ERROR, description: `Not an AMQP message: ${String(error)}` }));
      return;
    }
    settle(delivery, accepted());
    const properties = (message.application_properties ?? {}) as Record<string, unknown>;
    const operation = typeof properties.operation === "string" ? properties.operation : "";
    const reply = answer({ operation, properties, body: message.body });
    const link = replyLink(receiver.session, address, message.reply_to);
    if (link === undefined) return;
    afterAttach(link, () => {
      link.send({
        correlation_id: message.message_id,
        application_properties: reply.properties,
        body: reply.body,
      } as unknown as Message);
    });
  });
}

function replyLink(session: Session, address: string, replyTo: unknown): Sender | undefined {
  const links: Sender[] = [];
  session.each_sender(
    (link: Sender) => {
      links.push(link);
    },
    (link: Sender) => link.is_open() && link.source.address.toLowerCase() === address.toLowerCase(),
  );
  return links.find(({ name, target }) => name === replyTo || target.address === replyTo) ?? links[0];
}
