/** Error conditions that the SDKs know: AMQP's own, and Service Bus's under `com.microsoft:`. */
export const NOT_FOUND = "amqp:not-found";
export const UNAUTHORIZED = "amqp:unauthorized-access";
export const NOT_IMPLEMENTED = "amqp:not-implemented";
export const NOT_ALLOWED = "amqp:not-allowed";
export const DECODE_ERROR = "amqp:decode-error";
export const INVALID_FIELD = "amqp:invalid-field";
export const INTERNAL_ERROR = "amqp:internal-error";
export const RESOURCE_LIMIT_EXCEEDED = "amqp:resource-limit-exceeded";
export const CONNECTION_FORCED = "amqp:connection:forced";
export const FRAMING_ERROR = "amqp:connection:framing-error";
export const WINDOW_VIOLATION = "amqp:session:window-violation";
export const HANDLE_IN_USE = "amqp:session:handle-in-use";
export const UNATTACHED_HANDLE = "amqp:session:unattached-handle";
export const MESSAGE_SIZE_EXCEEDED = "amqp:link:message-size-exceeded";
export const DETACH_FORCED = "amqp:link:detach-forced";
export const LOCK_LOST = "com.microsoft:message-lock-lost";
export const MESSAGE_NOT_FOUND = "com.microsoft:message-not-found";
export const ARGUMENT_ERROR = "com.microsoft:argument-error";
export const AUTH_FAILED = "com.microsoft:auth-failed";
export const SERVER_BUSY = "com.microsoft:server-busy";
export const ENTITY_DISABLED = "com.microsoft:entity-disabled";
export const ENTITY_ALREADY_EXISTS = "com.microsoft:entity-already-exists";

/** Why something is refused, for the peer. */
export interface AmqpError {
  readonly condition: string;
  readonly description: string;
}

/** As the service puts it: the SDKs' own tests read it. */
export const lockLost = (lockToken: string): AmqpError => ({
  condition: LOCK_LOST,
  description: `The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue. Lock: ${lockToken}`,
});

/** As the service puts it. @param resource the entity's URI. */
export const entityNotFound = (resource: string): AmqpError => ({
  condition: NOT_FOUND,
  description: `The messaging entity '${resource}' could not be found.`,
});

export const notImplemented = (feature: string): AmqpError => ({
  condition: NOT_IMPLEMENTED,
  description: `This emulator does not implement ${feature}.`,
});

/** As the service puts it. @param resource the entity's URI. */
export const claimMissing = (claims: readonly string[], resource: string): AmqpError => ({
  condition: UNAUTHORIZED,
  description: `Unauthorized access. '${claims.join("' or '")}' claim(s) are required to perform this operation. Resource: '${resource}'.`,
});

/** The peer did what the protocol does not allow; its connection ends with this. */
export class ViolationError extends Error {
  override readonly name = "ViolationError";
  readonly condition: string;

  constructor(condition: string, message: string) {
    super(message);
    this.condition = condition;
  }
}
