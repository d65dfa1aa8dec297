import type { Logger } from "../../shared/logger.ts";
import type { Broker, ResolvedAddress } from "../broker/contract.ts";
import { BrokerError } from "../model/brokerError.ts";
import { messagesOfBatch } from "../message/batch.ts";
import { incoming, MAX_MESSAGE_SIZE_BYTES, type IncomingMessage } from "../message/incoming.ts";
import { resourceOf } from "./accessGuard.ts";
import { MESSAGE_SIZE_EXCEEDED, entityNotFound, notImplemented } from "./conditions.ts";
import { amqpErrorFor } from "./amqpError.ts";
import { ACCEPTED, rejected } from "./outcomes.ts";
import type { IncomingDelivery, IncomingLink } from "./contract.ts";
import { checkValues } from "./values.ts";

/** Message format of a batch. */
const BATCH_FORMAT = 0x8001_3700;

/** Stores what a client sends over this link, and accepts it once it is on disk. */
export function receiveInto(link: IncomingLink, { queue, entity }: ResolvedAddress, broker: Broker, log: Logger): void {
  link.onMessage = (delivery) => {
    const { id, sizeBytes, transactional } = delivery;
    if (transactional) {
      link.answer(delivery, rejected(notImplemented("transactions")));
      return;
    }
    if (sizeBytes > MAX_MESSAGE_SIZE_BYTES) {
      const description = `The received message (delivery-id:${id}, size:${sizeBytes} bytes) exceeds the limit (${MAX_MESSAGE_SIZE_BYTES} bytes) currently allowed on the link.`;
      link.answer(delivery, rejected({ condition: MESSAGE_SIZE_EXCEEDED, description }));
      return;
    }
    let stored: Promise<number[]>;
    try {
      stored = queue.enqueue(messagesIn(delivery).map(sentMessage), broker.now());
    } catch (error) {
      refuse(delivery, error);
      return;
    }
    stored.then(
      () => {
        link.answer(delivery, ACCEPTED);
      },
      (error: unknown) => {
        refuse(delivery, error);
      },
    );
  };

  function refuse(delivery: IncomingDelivery, error: unknown): void {
    const refusal = amqpErrorFor(error, log);
    if (delivery.settled) log.info({ ...refusal, entity: entity.path }, "a message sent without an answer was refused");
    link.answer(delivery, rejected(refusal));
    if (error instanceof BrokerError && error.reason === "entity-gone")
      link.close(entityNotFound(resourceOf(link, entity.path)));
  }
}

function messagesIn({ format, payload }: IncomingDelivery): readonly Buffer[] {
  return format === BATCH_FORMAT ? messagesOfBatch(payload) : [payload];
}

/**
 * A message as a client sent it. What is inside the body is checked too: a receiver that cannot decode a message ends its connection, and gets it again.
 * @throws {MalformedMessageError} or {DecodeError}.
 */
export function sentMessage(raw: Buffer): IncomingMessage {
  checkValues(raw, 0, raw.length);
  return incoming(raw);
}
