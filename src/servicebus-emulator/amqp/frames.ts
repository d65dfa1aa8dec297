import rhea, { type Typed } from "rhea";
import frames from "rhea/lib/frames.js";
import type { Refusal } from "./conditions.ts";
import { checkValues, DecodeError, ItemReader, readDescriptor } from "./values.ts";

/**
 * Frames from bytes and to bytes. Those that come once a connection, session or link go through rhea's codec; transfer, flow and disposition, of
 * which every message needs some, are read and written here, which takes a quarter of the time.
 * See {@link https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html | AMQP 1.0, part 2}.
 */

/** The largest frame that is taken, in bytes; Service Bus's own. */
export const MAX_FRAME_SIZE_BYTES = 65_536;

/** The smallest maximum that a peer may ask for, in bytes. */
export const MIN_MAX_FRAME_SIZE_BYTES = 512;

const HEADER_BYTES = 8;
const AMQP_FRAME = 0;
const SASL_FRAME = 1;

export interface Open {
  readonly kind: "open";
  readonly hostname: string | undefined;
  /** In bytes; undefined: no limit. */
  readonly maxFrameSize: number | undefined;
  /** In milliseconds; undefined or 0: none. */
  readonly idleTimeOut: number | undefined;
}

export interface Begin {
  readonly kind: "begin";
  readonly remoteChannel: number | undefined;
  readonly nextOutgoingId: number;
  readonly incomingWindow: number;
}

/** A source or target, as far as it is needed, and as it came, to be echoed. */
export interface Terminus {
  readonly address: string | undefined;
  readonly filterNames: readonly string[];
  readonly typed: Typed;
}

export interface Attach {
  readonly kind: "attach";
  readonly name: string;
  readonly handle: number;
  /** Whether the peer receives. */
  readonly peerReceives: boolean;
  readonly sndSettleMode: number | undefined;
  readonly rcvSettleMode: number | undefined;
  readonly source: Terminus | undefined;
  readonly target: Terminus | undefined;
  /** Whether the target is a transactions coordinator. */
  readonly coordinator: boolean;
  readonly initialDeliveryCount: number;
}

export interface Flow {
  readonly kind: "flow";
  readonly nextIncomingId: number | undefined;
  readonly incomingWindow: number;
  readonly handle: number | undefined;
  readonly deliveryCount: number | undefined;
  readonly linkCredit: number | undefined;
  readonly drain: boolean;
  readonly echo: boolean;
}

export interface Transfer {
  readonly kind: "transfer";
  readonly handle: number;
  readonly deliveryId: number | undefined;
  readonly format: number;
  readonly settled: boolean;
  readonly more: boolean;
  readonly aborted: boolean;
  /** Encoded; it is there in a transaction only. */
  readonly state: Buffer | undefined;
  readonly payload: Buffer;
}

export interface Disposition {
  readonly kind: "disposition";
  /** Whether it is about deliveries that the peer receives. */
  readonly peerReceives: boolean;
  readonly first: number;
  readonly last: number;
  readonly settled: boolean;
  /** Encoded. */
  readonly state: Buffer | undefined;
}

export interface Detach {
  readonly kind: "detach";
  readonly handle: number;
  readonly closed: boolean;
  readonly error: unknown;
}

export interface EndOrClose {
  readonly kind: "end" | "close";
  readonly error: unknown;
}

export interface SaslInit {
  readonly kind: "sasl-init";
  readonly mechanism: string;
  readonly initialResponse: Buffer | undefined;
}

/** A frame without a body keeps the connection alive. */
export type Performative =
  Open | Begin | Attach | Flow | Transfer | Disposition | Detach | EndOrClose | SaslInit | { readonly kind: "empty" };

export interface Frame {
  readonly channel: number;
  readonly performative: Performative;
}

/**
 * Reads one whole frame.
 * @throws {DecodeError}
 */
export function readFrame(bytes: Buffer): Frame {
  const bodyAt = (bytes[4] ?? 0) * 4;
  if (bytes.length < HEADER_BYTES || bodyAt < HEADER_BYTES || bodyAt > bytes.length) {
    throw new DecodeError(`a frame of ${bytes.length} bytes cannot have its body at byte ${bodyAt}`);
  }
  const type = bytes[5];
  if (type !== AMQP_FRAME && type !== SASL_FRAME) throw new DecodeError(`no frame has the type ${type ?? "?"}`);
  const channel = type === AMQP_FRAME ? bytes.readUInt16BE(6) : 0;
  if (bodyAt === bytes.length) return { channel, performative: { kind: "empty" } };
  const { code, at } = readDescriptor(bytes, bodyAt, bytes.length);
  if ((type === SASL_FRAME) !== (code === 0x41)) throw new DecodeError(`unexpected performative ${code}`);
  const fields = new ItemReader(bytes, at, bytes.length);
  return { channel, performative: readPerformative(code, fields, bytes, at) };
}

function readPerformative(code: number, fields: ItemReader, bytes: Buffer, at: number): Performative {
  switch (code) {
    case 0x10: {
      fields.text();
      const hostname = fields.text();
      const maxFrameSize = fields.uint();
      fields.uint();
      return { kind: "open", hostname, maxFrameSize, idleTimeOut: fields.uint() };
    }
    case 0x11: {
      const remoteChannel = fields.uint();
      const nextOutgoingId = required(fields.uint(), "next-outgoing-id");
      return {
        kind: "begin",
        remoteChannel,
        nextOutgoingId,
        incomingWindow: required(fields.uint(), "incoming-window"),
      };
    }
    case 0x12:
      checkValues(bytes, at);
      return readAttach(fields);
    case 0x13: {
      const nextIncomingId = fields.uint();
      const incomingWindow = required(fields.uint(), "incoming-window");
      fields.uint();
      fields.uint();
      const handle = fields.uint();
      const deliveryCount = fields.uint();
      const linkCredit = fields.uint();
      fields.uint();
      const drain = fields.boolean() ?? false;
      const echo = fields.boolean() ?? false;
      return { kind: "flow", nextIncomingId, incomingWindow, handle, deliveryCount, linkCredit, drain, echo };
    }
    case 0x14: {
      const handle = required(fields.uint(), "handle");
      const deliveryId = fields.uint();
      fields.variable();
      const format = fields.uint() ?? 0;
      const settled = fields.boolean() ?? false;
      const more = fields.boolean() ?? false;
      fields.uint();
      const state = fields.raw();
      fields.boolean();
      const aborted = fields.boolean() ?? false;
      const payload = bytes.subarray(fields.end);
      return { kind: "transfer", handle, deliveryId, format, settled, more, aborted, state, payload };
    }
    case 0x15: {
      const peerReceives = required(fields.boolean(), "role");
      const first = required(fields.uint(), "first");
      const last = fields.uint() ?? first;
      const settled = fields.boolean() ?? false;
      return { kind: "disposition", peerReceives, first, last, settled, state: fields.raw() };
    }
    case 0x16: {
      const handle = required(fields.uint(), "handle");
      const closed = fields.boolean() ?? false;
      return { kind: "detach", handle, closed, error: shownError(fields.raw()) };
    }
    case 0x17:
      return { kind: "end", error: shownError(fields.raw()) };
    case 0x18:
      return { kind: "close", error: shownError(fields.raw()) };
    case 0x41: {
      const mechanism = required(fields.text(), "mechanism");
      return { kind: "sasl-init", mechanism, initialResponse: fields.variable() };
    }
    default:
      throw new DecodeError(`unknown performative 0x${code.toString(16)}`);
  }
}

function readAttach(fields: ItemReader): Attach {
  const name = required(fields.text(), "name");
  const handle = required(fields.uint(), "handle");
  const peerReceives = required(fields.boolean(), "role");
  const sndSettleMode = fields.uint();
  const rcvSettleMode = fields.uint();
  const source = fields.raw();
  const target = fields.raw();
  fields.raw();
  fields.boolean();
  return {
    kind: "attach",
    name,
    handle,
    peerReceives,
    sndSettleMode,
    rcvSettleMode,
    source: source === undefined ? undefined : readTerminus(source, 0x28),
    target: target === undefined ? undefined : readTerminus(target, 0x29),
    coordinator: target !== undefined && readDescriptor(target, 0, target.length).code === 0x30,
    initialDeliveryCount: fields.uint() ?? 0,
  };
}

/** Undefined for a terminus of another kind. */
function readTerminus(raw: Buffer, wanted: 0x28 | 0x29): Terminus | undefined {
  const { code, at } = readDescriptor(raw, 0, raw.length);
  if (code !== wanted) return undefined;
  const fields = new ItemReader(raw, at, raw.length);
  const address = fields.text();
  for (let skipped = 0; skipped < 6; skipped += 1) fields.raw();
  const filter = wanted === 0x28 ? fields.raw() : undefined;
  const filterNames: string[] = [];
  if (filter !== undefined) {
    const entries = new ItemReader(filter, 0, filter.length);
    while (entries.left > 0) {
      const name = entries.text();
      if (name !== undefined) filterNames.push(name);
      entries.raw();
    }
  }
  // A copy: it lives as long as the link, and must not keep all that came in the same read alive.
  return { address, filterNames, typed: new Reader(Buffer.from(raw)).read() };
}

/** What a peer said when it ended something, for the log. */
function shownError(raw: Buffer | undefined): unknown {
  if (raw === undefined) return undefined;
  const { code, at } = readDescriptor(raw, 0, raw.length);
  if (code !== 0x1d) return undefined;
  const fields = new ItemReader(raw, at, raw.length);
  return { condition: fields.text(), description: fields.text() };
}

function required<Value>(value: Value | undefined, field: string): Value {
  if (value === undefined) throw new DecodeError(`the field ${field} is missing`);
  return value;
}

const { Reader } = rhea.types as unknown as { Reader: new (bytes: Buffer) => { read(): Typed } };

export const openFrame = (fields: {
  containerId: string;
  channelMax: number;
  /** In milliseconds. */
  idleTimeOut: number;
}): Buffer =>
  frames.write_frame(
    frames.amqp_frame(
      0,
      frames.open({
        container_id: fields.containerId,
        max_frame_size: MAX_FRAME_SIZE_BYTES,
        channel_max: fields.channelMax,
        idle_time_out: fields.idleTimeOut,
      }),
    ),
  );

export const beginFrame = (
  channel: number,
  fields: { remoteChannel: number; incomingWindow: number; outgoingWindow: number; handleMax: number },
): Buffer =>
  frames.write_frame(
    frames.amqp_frame(
      channel,
      frames.begin({
        remote_channel: fields.remoteChannel,
        next_outgoing_id: 0,
        incoming_window: fields.incomingWindow,
        outgoing_window: fields.outgoingWindow,
        handle_max: fields.handleMax,
      }),
    ),
  );

/** The answer to an attach: the same termini and settlement modes, which the Go client checks; or, for a link that is refused, none. */
export const attachFrame = (channel: number, attach: Attach, maxMessageSizeBytes: number, refused: boolean): Buffer =>
  frames.write_frame(
    frames.amqp_frame(
      channel,
      frames.attach({
        name: attach.name,
        handle: attach.handle,
        role: !attach.peerReceives,
        snd_settle_mode: attach.sndSettleMode,
        rcv_settle_mode: attach.rcvSettleMode,
        source: refused ? undefined : attach.source?.typed,
        target: refused ? undefined : attach.target?.typed,
        initial_delivery_count: attach.peerReceives ? 0 : undefined,
        max_message_size: maxMessageSizeBytes,
      }),
    ),
  );

export const detachFrame = (channel: number, handle: number, closed: boolean, error?: Refusal): Buffer =>
  frames.write_frame(frames.amqp_frame(channel, frames.detach({ handle, closed, error })));

export const endFrame = (channel: number, error?: Refusal): Buffer =>
  frames.write_frame(frames.amqp_frame(channel, frames.end({ error })));

export const closeFrame = (error?: Refusal): Buffer =>
  frames.write_frame(frames.amqp_frame(0, frames.close({ error })));

export const mechanismsFrame = (names: readonly string[]): Buffer =>
  frames.write_frame(frames.sasl_frame(frames.sasl_mechanisms({ sasl_server_mechanisms: [...names] })));

export const saslOutcomeFrame = (code: number, additionalData?: Buffer): Buffer =>
  frames.write_frame(frames.sasl_frame(frames.sasl_outcome({ code, additional_data: additionalData })));

export const EMPTY_FRAME = Buffer.of(0, 0, 0, HEADER_BYTES, 2, AMQP_FRAME, 0, 0);

/** Bytes of a transfer frame beside tag and payload: header, descriptor, list, handle, id, tag's head, format, settled, more. */
const MAX_TRANSFER_BYTES = HEADER_BYTES + 3 + 3 + 5 + 5 + 2 + 1 + 1 + 1;

/**
 * The frames that carry one message; more than one when the peer takes only smaller ones.
 * @param tag at most 32 bytes.
 */
export function transferFrames(
  channel: number,
  fields: { handle: number; deliveryId: number; tag: Buffer; settled: boolean },
  payload: Buffer,
  maxFrameSize: number,
): Buffer[] {
  const most = Math.min(maxFrameSize, MAX_FRAME_SIZE_BYTES) - MAX_TRANSFER_BYTES - fields.tag.length;
  if (payload.length <= most) return [transferFrame(channel, fields, payload, false)];
  const written: Buffer[] = [];
  for (let start = 0; start < payload.length; start += most) {
    const part = payload.subarray(start, start + most);
    written.push(transferFrame(channel, fields, part, start + most < payload.length));
  }
  return written;
}

function transferFrame(
  channel: number,
  { handle, deliveryId, tag, settled }: { handle: number; deliveryId: number; tag: Buffer; settled: boolean },
  payload: Buffer,
  more: boolean,
): Buffer {
  const frame = Buffer.allocUnsafe(MAX_TRANSFER_BYTES + tag.length + payload.length);
  let at = writeHead(frame, channel, 0x14, 6);
  at = writeUint(frame, at, handle);
  at = writeUint(frame, at, deliveryId);
  frame[at] = 0xa0;
  frame[at + 1] = tag.length;
  frame.set(tag, at + 2);
  at += 2 + tag.length;
  frame[at] = 0x43;
  frame[at + 1] = settled ? 0x41 : 0x42;
  frame[at + 2] = more ? 0x41 : 0x42;
  at += 3;
  frame.set(payload, at);
  return finish(frame, at, payload.length);
}

/** A settled disposition of deliveries that the emulator sends (`peerReceives`) or receives. @param state encoded. */
export function dispositionFrame(
  channel: number,
  fields: { peerReceives: boolean; first: number; last: number },
  state: Buffer,
): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + 12 + 1 + 5 + 5 + 1 + state.length);
  const wide = state.length > 200;
  let at = writeHead(frame, channel, 0x15, 5, wide);
  frame[at] = fields.peerReceives ? 0x42 : 0x41;
  at = writeUint(frame, at + 1, fields.first);
  at = writeUint(frame, at, fields.last);
  frame[at] = 0x41;
  frame.set(state, at + 1);
  return finish(frame, at + 1 + state.length, 0, wide);
}

/** The link's part is absent in a flow of the session alone. */
export function flowFrame(
  channel: number,
  session: { nextIncomingId: number; incomingWindow: number; nextOutgoingId: number; outgoingWindow: number },
  link?: { handle: number; deliveryCount: number; linkCredit: number; drain: boolean },
): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + 3 + 3 + 8 * 5 + 1);
  let at = writeHead(frame, channel, 0x13, link === undefined ? 4 : 9);
  at = writeUint(frame, at, session.nextIncomingId);
  at = writeUint(frame, at, session.incomingWindow);
  at = writeUint(frame, at, session.nextOutgoingId);
  at = writeUint(frame, at, session.outgoingWindow);
  if (link !== undefined) {
    at = writeUint(frame, at, link.handle);
    at = writeUint(frame, at, link.deliveryCount);
    at = writeUint(frame, at, link.linkCredit);
    frame[at] = 0x40;
    frame[at + 1] = link.drain ? 0x41 : 0x42;
    at += 2;
  }
  return finish(frame, at, 0);
}

/** Frame header, descriptor and the list's constructor; its size, and the frame's, are filled in by {@link finish}. */
function writeHead(frame: Buffer, channel: number, code: number, count: number, wide = false): number {
  frame[4] = 2;
  frame[5] = AMQP_FRAME;
  frame[6] = channel >>> 8;
  frame[7] = channel & 0xff;
  frame[8] = 0x00;
  frame[9] = 0x53;
  frame[10] = code;
  frame[11] = wide ? 0xd0 : 0xc0;
  if (wide) frame.writeUInt32BE(count, 16);
  else frame[13] = count;
  return wide ? 20 : 14;
}

function finish(frame: Buffer, listEnd: number, payloadBytes: number, wide = false): Buffer {
  if (wide) frame.writeUInt32BE(listEnd - 16, 12);
  else frame[12] = listEnd - 13;
  const size = listEnd + payloadBytes;
  frame.writeUInt32BE(size, 0);
  return frame.subarray(0, size);
}

function writeUint(frame: Buffer, at: number, value: number): number {
  if (value === 0) {
    frame[at] = 0x43;
    return at + 1;
  }
  if (value < 256) {
    frame[at] = 0x52;
    frame[at + 1] = value;
    return at + 2;
  }
  frame[at] = 0x70;
  frame.writeUInt32BE(value, at + 1);
  return at + 5;
}
