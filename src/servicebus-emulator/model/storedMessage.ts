/** `scheduled` until its time has come; `deferred` until somebody asks for it by its sequence number. */
export type MessageState = "active" | "deferred" | "scheduled";

/** A message as it is in the queue. */
export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly state: MessageState;
  /** How many deliveries have failed so far. */
  readonly deliveryCount: number;
  /** When it expires; undefined when it does not, or while it is scheduled. */
  readonly expiresAtMs: number | undefined;
  /** As AMQP bytes. */
  readonly stored: Buffer;
  /** Name of the queue that it was dead-lettered from. */
  readonly deadLetterSource: string | undefined;
}
