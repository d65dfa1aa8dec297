import type { Logger } from "../../shared/logger.ts";
import { RefusedError } from "../broker/refusals.ts";
import { MalformedMessageError } from "../message/sections.ts";
import {
  DECODE_ERROR,
  ENTITY_ALREADY_EXISTS,
  ENTITY_DISABLED,
  INTERNAL_ERROR,
  NOT_FOUND,
  RESOURCE_LIMIT_EXCEEDED,
  SERVER_BUSY,
  type Refusal,
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
} as const satisfies Record<RefusedError["reason"], string>;

/** What a client is told of an error. One that nobody foresaw is logged. */
export function refusalFor(error: unknown, log: Logger): Refusal {
  // The SDKs tell by "The messaging entity … could not be found" which thing is missing.
  if (error instanceof RefusedError && error.reason === "entity-gone") {
    return { condition: NOT_FOUND, description: `${error.message} It could not be found.` };
  }
  if (error instanceof RefusedError) return { condition: CONDITIONS[error.reason], description: error.message };
  if (error instanceof MalformedMessageError || error instanceof DecodeError) {
    return { condition: DECODE_ERROR, description: `Not an AMQP message: ${error.message}.` };
  }
  log.error({ err: error }, "an AMQP operation failed");
  return { condition: INTERNAL_ERROR, description: "The emulator failed; its log says why." };
}
