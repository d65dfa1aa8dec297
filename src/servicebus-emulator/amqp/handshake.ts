import { INVALID_FIELD, ViolationError } from "./conditions.ts";
import { MIN_MAX_FRAME_SIZE_BYTES, type Open } from "./frames/performatives.ts";

export const SASL_HEADER = Buffer.from("AMQP\x03\x01\x00\x00", "latin1");
export const AMQP_HEADER = Buffer.from("AMQP\x00\x01\x00\x00", "latin1");

/** Shorter pauses than this, in milliseconds, cannot be promised. */
const MIN_IDLE_TIMEOUT_MS = 1_000;

/** @throws {ViolationError} for what no connection can be held to. */
export function validateOpen({ maxFrameSize, idleTimeoutMs }: Open): void {
  if (maxFrameSize !== undefined && maxFrameSize < MIN_MAX_FRAME_SIZE_BYTES) {
    throw new ViolationError(
      INVALID_FIELD,
      `max-frame-size must be at least ${MIN_MAX_FRAME_SIZE_BYTES}, got ${maxFrameSize}.`,
    );
  }
  if (idleTimeoutMs !== undefined && idleTimeoutMs !== 0 && idleTimeoutMs < MIN_IDLE_TIMEOUT_MS) {
    throw new ViolationError(
      INVALID_FIELD,
      `idle-time-out must be at least ${MIN_IDLE_TIMEOUT_MS} ms, got ${idleTimeoutMs}.`,
    );
  }
}
