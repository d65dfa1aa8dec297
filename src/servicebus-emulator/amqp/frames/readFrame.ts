import { ItemReader } from "../itemReader.ts";
import { checkValues, DecodeError, readDescriptor } from "../values.ts";
import { AMQP_FRAME, HEADER_BYTES, SASL_FRAME } from "./performatives.ts";
import type { Attach, Frame, Performative, Terminus } from "./performatives.ts";

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
      return { kind: "open", hostname, maxFrameSize, idleTimeoutMs: fields.uint() };
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
function readTerminus(raw: Buffer, expectedCode: 0x28 | 0x29): Terminus | undefined {
  const { code, at } = readDescriptor(raw, 0, raw.length);
  if (code !== expectedCode) return undefined;
  const fields = new ItemReader(raw, at, raw.length);
  const address = fields.text();
  // Durable, expiry policy, timeout.
  for (let skipped = 0; skipped < 3; skipped += 1) fields.raw();
  const dynamic = fields.boolean() ?? false;
  fields.raw();
  const isSource = code === 0x28;
  const distributionMode = isSource ? fields.text() : undefined;
  const filterNames = isSource ? keysOf(fields.raw()) : [];
  // A copy: it lives as long as the link, and must not keep all that came in the same read alive.
  return { address, dynamic, distributionMode, filterNames, encoded: Buffer.from(raw) };
}

function keysOf(map: Buffer | undefined): readonly string[] {
  const keys: string[] = [];
  if (map === undefined) return keys;
  const entries = new ItemReader(map, 0, map.length);
  while (entries.left > 0) {
    const key = entries.text();
    if (key !== undefined) keys.push(key);
    entries.raw();
  }
  return keys;
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
