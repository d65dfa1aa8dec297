import { APPLICATION_PROPERTIES, DATA, HEADER, MESSAGE_ANNOTATIONS, PROPERTIES } from "../message/sections.ts";
import type { UserValue } from "./userProperties.ts";

/** A message as REST has it; what is undefined is not set. */
export interface MessageParts {
  /** A string is sent as UTF-8. */
  readonly body: string | Buffer;
  readonly messageId: string;
  readonly to: string | undefined;
  readonly subject: string | undefined;
  readonly replyTo: string | undefined;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  readonly sessionId: string | undefined;
  readonly replyToSessionId: string | undefined;
  readonly partitionKey: string | undefined;
  readonly viaPartitionKey: string | undefined;
  readonly timeToLiveMs: number | undefined;
  readonly scheduledAtMs: number | undefined;
  /** Names and values in turn. */
  readonly userProperties: readonly (readonly [name: string, value: UserValue])[];
}

/** Longest time to live that the header can hold, in milliseconds: 49 days. */
const MAX_TTL_MS = 0xffff_ffff;

/** UTF-8 needs at most so many bytes for one of JavaScript's characters. */
const BYTES_PER_CHARACTER = 3;

/** Longest string that has at most 255 bytes whatever its characters. */
const SHORT_CHARACTERS = 85;

/** Up to so many characters, writing them one by one is faster than the call that Node makes for a string. */
const BY_HAND_CHARACTERS = 40;

/** More than the constructors, counts and fixed fields of a message take. */
const FIXED_BYTES = 256;

/** More than the constructors of a string, or the whole of any other value, take. */
const VALUE_BYTES = 16;

const NULL = 0x40;

/**
 * Writes messages as AMQP bytes, one behind the other in large buffers: by hand and in one pass, since a general encoder takes
 * ten times as long and REST is the way in for load. AMQP 1.0, parts 1.6 and 3.2.
 */
export interface MessageWriter {
  /** @param nowMs from when a time to live counts that is too long for the header. */
  write(parts: MessageParts, nowMs: number): Buffer;
}

/** @param expectedBytes of all messages together; more is possible, and takes another buffer. */
export function createMessageWriter(expectedBytes: number): MessageWriter {
  let bytes = Buffer.allocUnsafeSlow(expectedBytes);
  let at = 0;

  return {
    write: (parts, nowMs) => {
      const needed = mostBytes(parts);
      if (bytes.length - at < needed) {
        bytes = Buffer.allocUnsafeSlow(Math.max(needed, expectedBytes));
        at = 0;
      }
      const start = at;
      header(parts);
      messageAnnotations(parts);
      properties(parts, nowMs);
      applicationProperties(parts);
      data(parts.body);
      return bytes.subarray(start, at);
    },
  };

  function byte(value: number): void {
    bytes[at] = value;
    at += 1;
  }

  function uint32(value: number): void {
    bytes.writeUInt32BE(value, at);
    at += 4;
  }

  /** In two halves, since a BigInt would take longer than all the rest. */
  function int64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    bytes.writeInt32BE(high, at);
    bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
    at += 8;
  }

  function timestamp(timeMs: number): void {
    byte(0x83);
    int64(timeMs);
  }

  /** A string (0xa1) or a symbol (0xa3), by its short constructor. */
  function text(short: 0xa1 | 0xa3, value: string): void {
    if (value.length <= SHORT_CHARACTERS) {
      const length =
        value.length <= BY_HAND_CHARACTERS && ascii(value, at + 2) ? value.length : bytes.write(value, at + 2);
      bytes[at] = short;
      bytes[at + 1] = length;
      at += 2 + length;
    } else {
      bytes[at] = short + 0x10;
      const length = bytes.write(value, at + 5);
      bytes.writeUInt32BE(length, at + 1);
      at += 5 + length;
    }
  }

  /** Writes ASCII; false when the value is something else. */
  function ascii(value: string, offset: number): boolean {
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[offset + index] = code;
    }
    return true;
  }

  function optional(value: string | undefined, short: 0xa1 | 0xa3 = 0xa1): void {
    if (value === undefined) byte(NULL);
    else text(short, value);
  }

  function section(code: number): void {
    byte(0x00);
    byte(0x53);
    byte(code);
  }

  /** A list (0xd0) or a map (0xd1), whose size is known when `items` has written it. */
  function compound(constructor: 0xd0 | 0xd1, count: number, items: () => void): void {
    byte(constructor);
    const sizeAt = at;
    at += 4;
    uint32(count);
    items();
    bytes.writeUInt32BE(at - sizeAt - 4, sizeAt);
  }

  function header({ timeToLiveMs }: MessageParts): void {
    if (timeToLiveMs === undefined) return;
    section(HEADER);
    compound(0xd0, 3, () => {
      byte(NULL);
      byte(NULL);
      byte(0x70);
      uint32(Math.min(timeToLiveMs, MAX_TTL_MS));
    });
  }

  function messageAnnotations({ partitionKey, viaPartitionKey, scheduledAtMs }: MessageParts): void {
    const count =
      Number(partitionKey !== undefined) + Number(viaPartitionKey !== undefined) + Number(scheduledAtMs !== undefined);
    if (count === 0) return;
    section(MESSAGE_ANNOTATIONS);
    compound(0xd1, 2 * count, () => {
      if (partitionKey !== undefined) {
        text(0xa3, "x-opt-partition-key");
        text(0xa1, partitionKey);
      }
      if (viaPartitionKey !== undefined) {
        text(0xa3, "x-opt-via-partition-key");
        text(0xa1, viaPartitionKey);
      }
      if (scheduledAtMs !== undefined) {
        text(0xa3, "x-opt-scheduled-enqueue-time");
        timestamp(scheduledAtMs);
      }
    });
  }

  function properties(parts: MessageParts, nowMs: number): void {
    const { contentType, sessionId, replyToSessionId, timeToLiveMs } = parts;
    // The header cannot say so long a time; as the .NET client does, and the others understand, it is given by its end.
    const expiresAtMs = timeToLiveMs !== undefined && timeToLiveMs > MAX_TTL_MS ? nowMs + timeToLiveMs : undefined;
    const count =
      replyToSessionId !== undefined ? 13 : sessionId !== undefined ? 11 : expiresAtMs !== undefined ? 10 : 7;
    section(PROPERTIES);
    compound(0xd0, count, () => {
      text(0xa1, parts.messageId);
      byte(NULL); // user-id
      optional(parts.to);
      optional(parts.subject);
      optional(parts.replyTo);
      optional(parts.correlationId);
      optional(contentType, 0xa3);
      if (count === 7) return;
      byte(NULL); // content-encoding
      if (expiresAtMs === undefined) {
        byte(NULL);
        byte(NULL);
      } else {
        timestamp(expiresAtMs);
        timestamp(nowMs);
      }
      if (count === 10) return;
      optional(sessionId);
      if (count === 11) return;
      byte(NULL); // group-sequence
      optional(replyToSessionId);
    });
  }

  function applicationProperties({ userProperties }: MessageParts): void {
    if (userProperties.length === 0) return;
    section(APPLICATION_PROPERTIES);
    compound(0xd1, 2 * userProperties.length, () => {
      for (const [name, value] of userProperties) {
        text(0xa1, name);
        userValue(value);
      }
    });
  }

  function userValue(value: UserValue): void {
    if (value === null) byte(NULL);
    else if (typeof value === "string") text(0xa1, value);
    else if (typeof value === "boolean") byte(value ? 0x41 : 0x42);
    else if (value instanceof Date) timestamp(value.getTime());
    else if (typeof value === "number" && !Number.isSafeInteger(value)) {
      byte(0x82);
      at = bytes.writeDoubleBE(value, at);
    } else if (value >= -(2 ** 31) && value < 2 ** 31) {
      byte(0x71);
      at = bytes.writeInt32BE(Number(value), at);
    } else {
      byte(0x81);
      at = bytes.writeBigInt64BE(BigInt(value), at);
    }
  }

  function data(body: string | Buffer): void {
    section(DATA);
    byte(0xb0);
    const length = typeof body === "string" ? bytes.write(body, at + 4) : body.copy(bytes, at + 4);
    uint32(length);
    at += length;
  }
}

/** An upper bound of a message's size. */
function mostBytes(parts: MessageParts): number {
  const { body, userProperties } = parts;
  let characters =
    parts.messageId.length +
    (parts.to?.length ?? 0) +
    (parts.subject?.length ?? 0) +
    (parts.replyTo?.length ?? 0) +
    (parts.correlationId?.length ?? 0) +
    (parts.contentType?.length ?? 0) +
    (parts.sessionId?.length ?? 0) +
    (parts.replyToSessionId?.length ?? 0) +
    (parts.partitionKey?.length ?? 0) +
    (parts.viaPartitionKey?.length ?? 0);
  for (const [name, value] of userProperties)
    characters += name.length + (typeof value === "string" ? value.length : 0);
  const bodyBytes = typeof body === "string" ? BYTES_PER_CHARACTER * body.length : body.length;
  return FIXED_BYTES + BYTES_PER_CHARACTER * characters + 2 * VALUE_BYTES * userProperties.length + bodyBytes;
}
