import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { onceOnlyClient } from "../../../bench/support/clients.ts";
import type { Place } from "./effects.ts";
import type { Sighting } from "./expectedState.ts";

export type SequenceNumber = NonNullable<ServiceBusReceivedMessage["sequenceNumber"]>;

/** A body that tells whose it is. */
export function bodyOf(id: string, paddingLength: number): string {
  return `body of ${id} ${"·".repeat(paddingLength)}`;
}

/** What the SDK says of a message. @param place where it was found; a message that was only peeked says otherwise by its state. */
export function sightingOf(
  entity: string,
  place: Place,
  message: ServiceBusReceivedMessage,
  delivered: boolean,
): Sighting {
  const { messageId, sequenceNumber, deliveryCount, applicationProperties, deadLetterReason, state } = message;
  if (sequenceNumber === undefined) throw new Error(`message ${String(messageId)} has no sequence number`);
  const body: unknown = message.body;
  const mark = applicationProperties?.mark;
  return {
    entity,
    id: String(messageId),
    // A delivered message that was scheduled still has that state.
    place: delivered || state === "active" ? place : state,
    sequenceNumber: sequenceNumber.toNumber(),
    deliveryCount: deliveryCount ?? 0,
    mark: typeof mark === "number" ? mark : undefined,
    reason: deadLetterReason,
    // What came over REST has a body of bytes.
    body: Buffer.isBuffer(body) ? body.toString() : String(body),
    delivered,
  };
}

/** Everything that is in an entity, by peeks, whatever its state. */
export async function peekAll(
  amqpPort: number,
  queue: string,
  subQueueType?: "deadLetter",
): Promise<ServiceBusReceivedMessage[]> {
  // A client of its own: the SDK goes on where the client's last peek ended.
  const client = onceOnlyClient(amqpPort);
  const receiver = client.createReceiver(queue, subQueueType === undefined ? {} : { subQueueType });
  try {
    const all: ServiceBusReceivedMessage[] = [];
    let last = 0;
    for (;;) {
      const page = await receiver.peekMessages(250);
      if (page.length === 0) return all;
      for (const { sequenceNumber } of page) {
        const number = sequenceNumber?.toNumber() ?? 0;
        if (number <= last) throw new Error(`a peek gave number ${number} after ${last}`);
        last = number;
      }
      all.push(...page);
    }
  } finally {
    await client.close();
  }
}
