import {
  array,
  boolean,
  list,
  NULL,
  section,
  symbol,
  text,
  ubyte,
  uint,
  ulong,
  ushort,
} from "../../message/encoding.ts";
import type { AmqpError } from "../conditions.ts";
import { encodedError } from "../outcomes.ts";
import { AMQP_FRAME, HEADER_BYTES, MAX_FRAME_SIZE_BYTES, SASL_FRAME, type Attach } from "./performatives.ts";

/**
 * Frames that come once a connection, session or link. Every performative has all its fields, null where nothing is to be said: AMQP lets a
 * writer leave out the last ones, but the Python SDK reads them by their index.
 */

export function openFrame(fields: {
  readonly containerId: string;
  readonly channelMax: number;
  readonly idleTimeoutMs: number;
}): Buffer {
  const { containerId, channelMax, idleTimeoutMs } = fields;
  const values = [text(containerId), NULL, uint(MAX_FRAME_SIZE_BYTES), ushort(channelMax), uint(idleTimeoutMs)];
  return amqpFrame(0, 0x10, 10, values);
}

export function beginFrame(
  channel: number,
  fields: {
    readonly remoteChannel: number;
    readonly incomingWindow: number;
    readonly outgoingWindow: number;
    readonly handleMax: number;
  },
): Buffer {
  const { remoteChannel, incomingWindow, outgoingWindow, handleMax } = fields;
  const values = [ushort(remoteChannel), uint(0), uint(incomingWindow), uint(outgoingWindow), uint(handleMax)];
  return amqpFrame(channel, 0x11, 8, values);
}

/** The answer to an attach: the same termini and settlement modes, which the Go client checks; or, for a link that is rejected, none. */
export function attachFrame(channel: number, attach: Attach, maxMessageSizeBytes: number, isRejected: boolean): Buffer {
  const mode = (value: number | undefined): Buffer => (value === undefined ? NULL : ubyte(value));
  return amqpFrame(channel, 0x12, 14, [
    text(attach.name),
    uint(attach.handle),
    boolean(!attach.peerReceives),
    mode(attach.sndSettleMode),
    mode(attach.rcvSettleMode),
    (isRejected ? undefined : attach.source?.encoded) ?? NULL,
    (isRejected ? undefined : attach.target?.encoded) ?? NULL,
    NULL,
    NULL,
    attach.peerReceives ? uint(0) : NULL,
    ulong(maxMessageSizeBytes),
  ]);
}

export const detachFrame = (channel: number, handle: number, closed: boolean, error?: AmqpError): Buffer =>
  amqpFrame(channel, 0x16, 3, [uint(handle), boolean(closed), encodedError(error)]);

export const endFrame = (channel: number, error?: AmqpError): Buffer =>
  amqpFrame(channel, 0x17, 1, [encodedError(error)]);

export const closeFrame = (error?: AmqpError): Buffer => amqpFrame(0, 0x18, 1, [encodedError(error)]);

export const mechanismsFrame = (names: readonly string[]): Buffer =>
  frame(SASL_FRAME, 0, section(0x40, list([array(names.map(symbol))])));

export const saslOutcomeFrame = (code: number, additionalData?: Buffer): Buffer =>
  frame(
    SASL_FRAME,
    0,
    section(0x44, list([ubyte(code), additionalData === undefined ? NULL : binary(additionalData)])),
  );

export const EMPTY_FRAME = frame(AMQP_FRAME, 0, Buffer.alloc(0));

/** @param fieldCount all that the performative has; what `values` leaves out is null. */
function amqpFrame(channel: number, code: number, fieldCount: number, values: readonly Buffer[]): Buffer {
  const nulls = Array.from({ length: fieldCount - values.length }, () => NULL);
  return frame(AMQP_FRAME, channel, section(code, list([...values, ...nulls])));
}

function frame(type: number, channel: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES + body.length, 0);
  header[4] = HEADER_BYTES / 4;
  header[5] = type;
  header.writeUInt16BE(channel, 6);
  return Buffer.concat([header, body]);
}

/** At most 255 bytes. */
function binary(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xa0, bytes.length), bytes]);
}
