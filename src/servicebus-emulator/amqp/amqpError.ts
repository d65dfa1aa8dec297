import type { Logger } from "../../shared/logger.ts";
import { BrokerError } from "../model/brokerError.ts";
import { MalformedMessageError } from "../message/sections.ts";
import {
  DECODE_ERROR,
  ENTITY_ALREADY_EXISTS,
  ENTITY_DISABLED,
  INTERNAL_ERROR,
  NOT_FOUND,
  RESOURCE_LIMIT_EXCEEDED,
  SERVER_BUSY,
  ViolationError,
  type AmqpError,
} from "./conditions.ts";
import { DecodeError } from "./values.ts";

const CONDITIONS = {
  // The SDKs try again.
  "storage-full": SERVER_BUSY,
  "storage-failed": SERVER_BUSY,
  "quota-exceeded": RESOURCE_LIMIT_EXCEEDED,
  "entity-gone": NOT_FOUND,
  "entity-disabled": ENTITY_DISABLED,
  "already-exists": ENTITY_ALREADY_EXISTS,
} as const satisfies Record<BrokerError["reason"], string>;

/** What a client is told of an error. One that nobody foresaw is logged. */
export function amqpErrorFor(error: unknown, log: Logger): AmqpError {
  // The SDKs tell by "The messaging entity … could not be found" which thing is missing.
  if (error instanceof BrokerError && error.reason === "entity-gone") {
    return { condition: NOT_FOUND, description: `${error.message} It could not be found.` };
  }
  if (error instanceof BrokerError) return { condition: CONDITIONS[error.reason], description: error.message };
  if (error instanceof MalformedMessageError || error instanceof DecodeError) {
    return { condition: DECODE_ERROR, description: `Not an AMQP message: ${error.message}.` };
  }
  log.error({ err: error }, "an AMQP operation failed");
  return { condition: INTERNAL_ERROR, description: "The emulator failed; its log says why." };
}

/** What ends a connection on which this was thrown. */
export function connectionErrorFor(error: unknown, log: Logger): AmqpError {
  if (error instanceof ViolationError) return { condition: error.condition, description: error.message };
  if (error instanceof DecodeError) return { condition: DECODE_ERROR, description: `Not AMQP: ${error.message}.` };
  log.error({ err: error }, "an AMQP connection failed");
  return { condition: INTERNAL_ERROR, description: "The emulator failed; its log says why." };
}
