/** Error conditions that the SDKs know: AMQP's own, and Service Bus's under `com.microsoft:`. */
export const NOT_FOUND = "amqp:not-found";
export const UNAUTHORIZED = "amqp:unauthorized-access";
export const NOT_IMPLEMENTED = "amqp:not-implemented";
export const NOT_ALLOWED = "amqp:not-allowed";
export const DECODE_ERROR = "amqp:decode-error";
export const INTERNAL_ERROR = "amqp:internal-error";
export const MESSAGE_SIZE_EXCEEDED = "amqp:link:message-size-exceeded";
export const CONNECTION_FORCED = "amqp:connection:forced";
export const LOCK_LOST = "com.microsoft:message-lock-lost";
export const ARGUMENT_ERROR = "com.microsoft:argument-error";

/** Why something is refused, for the peer. */
export interface Refusal {
  readonly condition: string;
  readonly description: string;
}

export const lockLost = (lockToken: string): Refusal => ({
  condition: LOCK_LOST,
  description: `The lock ${lockToken} is not valid any more: it expired, or the message is settled already.`,
});
