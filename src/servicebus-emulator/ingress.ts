import type { EventContext, Receiver } from "rhea";
import type { Broker, Located } from "./broker.ts";
import { DECODE_ERROR, MESSAGE_SIZE_EXCEEDED, NOT_IMPLEMENTED, type Refusal } from "./conditions.ts";
import { hasAnnotation, MalformedMessageError, messagesOfBatch } from "./rawMessage.ts";
import { accepted, rejected, settle } from "./rheaInternals.ts";

/** Message format of a batch. */
const BATCH_FORMAT = 0x8001_3700;

/** Largest message or batch, in bytes: what a premium namespace takes by default. */
export const MAX_MESSAGE_SIZE_BYTES = 1024 * 1024;

/** Stores what a client sends over this link, and accepts it once it is stored. */
export function receiveInto(receiver: Receiver, { queue }: Located, broker: Broker): void {
  receiver.on("message", (context: EventContext & { format?: number | null }) => {
    const { delivery } = context;
    if (delivery === undefined) return;
    const refusal = store(context.message as unknown as Buffer, context.format ?? 0);
    settle(delivery, refusal === undefined ? accepted() : rejected(refusal));
  });

  function store(raw: Buffer, format: number): Refusal | undefined {
    if (raw.length > MAX_MESSAGE_SIZE_BYTES) {
      const description = `The message has ${raw.length} bytes; at most ${MAX_MESSAGE_SIZE_BYTES} are allowed.`;
      return { condition: MESSAGE_SIZE_EXCEEDED, description };
    }
    try {
      const messages = format === BATCH_FORMAT ? messagesOfBatch(raw) : [raw];
      if (messages.some((message) => hasAnnotation(message, "x-opt-scheduled-enqueue-time"))) {
        return { condition: NOT_IMPLEMENTED, description: "Scheduled messages are not implemented by this emulator." };
      }
      queue.enqueue(messages, broker.now());
      return undefined;
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      return { condition: DECODE_ERROR, description: `Not an AMQP message: ${error.message}.` };
    }
  }
}
