import rhea, { type Typed } from "rhea";
import { checkMessageId } from "../message/incoming.ts";
import { compoundItems, PROPERTIES, splitSections } from "../message/sections.ts";
import { DECODE_ERROR, MESSAGE_SIZE_EXCEEDED, RESOURCE_LIMIT_EXCEEDED } from "./conditions.ts";
import { ACCEPTED, rejected } from "./outcomes.ts";
import type { IncomingLink, OutgoingLink } from "./contract.ts";
import { checkValues, NULL } from "./values.ts";

/** Replies that may wait for a client to take them. */
const MAX_WAITING_REPLIES = 1_000;

/** Section of a body that is a value. */
const AMQP_VALUE = 0x77;

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
  /** The body as it is encoded; undefined when it is not a value. */
  readonly encodedBody: Buffer | undefined;
}

interface Received extends Request {
  /** With its type, as it must come back. */
  readonly messageId: Typed | undefined;
  readonly replyTo: unknown;
}

const { Reader } = rhea.types as unknown as { Reader: new (bytes: Buffer) => { read(): Typed } };

/** Messages that wait for credit, by link. */
const waiting = new WeakMap<OutgoingLink, Buffer[]>();

/** Prepares a client's receiver for replies. */
export function openReplies(link: OutgoingLink): void {
  waiting.set(link, []);
  link.onFlow = () => {
    flush(link);
    link.finishDrain();
  };
  link.onRequestedOutcome = (deliveryId) => {
    link.settle(deliveryId, ACCEPTED);
  };
}

/**
 * Answers each request that comes over this link, in any order. A reply goes to the link of the same session that receives from `address`, and of
 * several to the one that the request names in `reply-to`.
 */
export function answerRequests(
  link: IncomingLink,
  address: string,
  answer: (request: Request) => Reply | Promise<Reply>,
): void {
  link.onMessage = (delivery) => {
    if (delivery.payload.length < delivery.sizeBytes) {
      const description = `The request has ${delivery.sizeBytes} bytes, more than are allowed.`;
      link.answer(delivery, rejected({ condition: MESSAGE_SIZE_EXCEEDED, description }));
      return;
    }
    let request: Received;
    try {
      request = decoded(delivery.payload);
    } catch (error) {
      const description = `Not an AMQP message: ${error instanceof Error ? error.message : String(error)}.`;
      link.answer(delivery, rejected({ condition: DECODE_ERROR, description }));
      return;
    }
    const { connection } = link.session;
    const { log } = connection.host;
    const replied = answer(request);
    // A reply of now goes out now: the next request may rely on what this one did.
    if (replied instanceof Promise) {
      replied.then(send).catch((error: unknown) => {
        log.error({ err: error, operation: request.operation }, "a request failed");
      });
    } else {
      send(replied);
    }
    link.answer(delivery, ACCEPTED);

    function send(reply: Reply): void {
      const to = replyLink(link, address, request.replyTo);
      const queue = to === undefined ? undefined : waiting.get(to);
      if (to === undefined || queue === undefined) {
        log.debug({ address, operation: request.operation }, "nobody receives the reply");
        return;
      }
      if (queue.length >= MAX_WAITING_REPLIES) {
        to.close({ condition: RESOURCE_LIMIT_EXCEEDED, description: "Too many replies wait for credit." });
        return;
      }
      queue.push(encoded(reply, request.messageId));
      flush(to);
    }
  };
}

function flush(link: OutgoingLink): void {
  const queue = waiting.get(link) ?? [];
  while (queue.length > 0 && link.room() > 0) {
    const message = queue.shift();
    if (message !== undefined) link.send(message, NO_TAG, "");
  }
}

const NO_TAG = Buffer.alloc(1);

/** @throws {MalformedMessageError} or {DecodeError}. */
function decoded(raw: Buffer): Received {
  checkValues(raw);
  const sections = splitSections(raw);
  const properties = sections.find(({ code }) => code === PROPERTIES);
  const value = sections.find(({ code }) => code === AMQP_VALUE);
  const messageId = properties === undefined ? undefined : compoundItems(raw, properties.valueStart)[0];
  // It goes back as it came.
  if (messageId !== undefined && messageId[0] !== NULL) checkMessageId(messageId, 0);
  const message: Record<string, unknown> = rhea.message.decode(raw);
  const applicationProperties = (message.application_properties ?? {}) as Record<string, unknown>;
  const { operation } = applicationProperties;
  return {
    // The Python SDK sends it as binary.
    operation: typeof operation === "string" || operation instanceof Buffer ? operation.toString() : "",
    properties: applicationProperties,
    body: message.body,
    encodedBody: value === undefined ? undefined : raw.subarray(value.valueStart, value.end),
    messageId: messageId === undefined ? undefined : new Reader(messageId).read(),
    replyTo: message.reply_to,
  };
}

function encoded({ properties, body }: Reply, messageId: Typed | undefined): Buffer {
  const correlation = messageId === undefined || messageId.type.name === "Null" ? {} : { correlation_id: messageId };
  return rhea.message.encode({ ...correlation, application_properties: properties, body });
}

function replyLink(requests: IncomingLink, address: string, replyTo: unknown): OutgoingLink | undefined {
  const links: OutgoingLink[] = [];
  for (const link of requests.session.links) {
    if (link.role !== "outgoing" || !link.isOpen) continue;
    if (link.attach.source?.address?.toLowerCase() === address.toLowerCase()) links.push(link);
  }
  return links.find(({ attach }) => attach.name === replyTo || attach.target?.address === replyTo) ?? links[0];
}
