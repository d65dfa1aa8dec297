import { randomUUID } from "node:crypto";

/**
 * Messages as bytes. A broker may change a message's header and annotations; the rest has to come out byte for byte as it went in,
 * which decoding and encoding again would not do, since JavaScript has fewer types than AMQP.
 * See {@link https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html | AMQP 1.0, part 3}.
 */

/** The bytes are not a message; `message` says which and where. */
export class MalformedMessageError extends Error {
  override readonly name = "MalformedMessageError";
}

/** Descriptor codes of the sections, in the order in which they may come. */
export const HEADER = 0x70;
const DELIVERY_ANNOTATIONS = 0x71;
export const MESSAGE_ANNOTATIONS = 0x72;
export const PROPERTIES = 0x73;
export const APPLICATION_PROPERTIES = 0x74;
export const DATA = 0x75;
const FOOTER = 0x78;

const SECTION_SYMBOLS = new Map([
  ["amqp:header:list", HEADER],
  ["amqp:delivery-annotations:map", DELIVERY_ANNOTATIONS],
  ["amqp:message-annotations:map", MESSAGE_ANNOTATIONS],
  ["amqp:properties:list", PROPERTIES],
  ["amqp:application-properties:map", APPLICATION_PROPERTIES],
  ["amqp:data:binary", DATA],
  ["amqp:amqp-sequence:list", 0x76],
  ["amqp:amqp-value:*", 0x77],
  ["amqp:footer:map", FOOTER],
]);

/** Annotations that only the broker sets. What a sender wrote there is dropped. */
const BROKER_ANNOTATIONS = new Set([
  "x-opt-locked-until",
  "x-opt-sequence-number",
  "x-opt-enqueued-time",
  "x-opt-deadletter-source",
  "x-opt-message-state",
  "x-opt-enqueue-sequence-number",
]);

/** A descriptor inside a descriptor inside …: nobody sends more than one. */
const MAX_DESCRIPTOR_DEPTH = 8;

const NULL = Buffer.of(0x40);

/** One section; all positions are offsets in the message. */
export interface Section {
  readonly code: number;
  readonly start: number;
  /** Where the value starts, at its constructor. */
  readonly valueStart: number;
  readonly end: number;
}

/** What the broker writes on a message that it hands out. */
export interface BrokerFields {
  readonly deliveryCount: number;
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
  /** Absent on a message that is only looked at. */
  readonly lockedUntilMs?: number | undefined;
  /** Name of the queue that it was dead-lettered from. */
  readonly deadLetterSource?: string | undefined;
}

/**
 * Splits a message into its sections without decoding them.
 * @throws {MalformedMessageError}
 */
export function splitSections(raw: Buffer): Section[] {
  const sections: Section[] = [];
  let start = 0;
  while (start < raw.length) {
    if (raw[start] !== 0x00) throw malformed(`a section must start with 0x00, got ${shownByte(raw, start)}`, start);
    const valueStart = skipValue(raw, start + 1);
    const code = descriptorCode(raw, start + 1);
    const previous = sections.at(-1)?.code ?? 0;
    if (code < previous) throw malformed(`section 0x${code.toString(16)} after 0x${previous.toString(16)}`, start);
    if (code === previous && (code < DATA || code === FOOTER))
      throw malformed(`section 0x${code.toString(16)} twice`, start);
    const end = skipValue(raw, valueStart);
    sections.push({ code, start, valueStart, end });
    start = end;
  }
  if (sections.length === 0) throw new MalformedMessageError("the message is empty");
  return sections;
}

/**
 * A message as it is stored: checked, owned (not a slice of a network buffer), and with a message id, since the SDK's lock renewer
 * fails on a message without one.
 * @throws {MalformedMessageError}
 */
export function storable(raw: Buffer, newId: () => string = randomUUID): Buffer {
  const sections = splitSections(raw);
  for (const section of sections) checkShape(raw, section);
  const properties = sections.find(({ code }) => code === PROPERTIES);
  const fields = properties === undefined ? [] : compoundItems(raw, properties.valueStart);
  if (fields[0] !== undefined && !fields[0].equals(NULL)) return Buffer.from(raw);

  const at = properties ?? sections.find(({ code }) => code > PROPERTIES);
  const insertAt = at?.start ?? raw.length;
  const resumeAt = properties?.end ?? insertAt;
  return Buffer.concat([
    raw.subarray(0, insertAt),
    section(PROPERTIES, list([shortString(newId()), ...fields.slice(1)])),
    raw.subarray(resumeAt),
  ]);
}

/** A stored message as it is handed out: delivery count and annotations written, the bare message untouched. */
export function deliverable(stored: Buffer, fields: BrokerFields): Buffer {
  const sections = splitSections(stored);
  const header = sections.find(({ code }) => code === HEADER);
  const annotations = sections.find(({ code }) => code === MESSAGE_ANNOTATIONS);
  const bare = sections.find(({ code }) => code > MESSAGE_ANNOTATIONS)?.start ?? stored.length;
  const [durable = NULL, priority = NULL, ttl = NULL] =
    header === undefined ? [] : compoundItems(stored, header.valueStart);

  const entries = annotations === undefined ? [] : compoundItems(stored, annotations.valueStart);
  const kept: Buffer[] = [];
  for (let index = 0; index + 1 < entries.length; index += 2) {
    const [key, value] = [entries[index], entries[index + 1]];
    if (key !== undefined && value !== undefined && !BROKER_ANNOTATIONS.has(textOf(key))) kept.push(key, value);
  }
  const broker = [
    symbol("x-opt-sequence-number"),
    int64(0x81, fields.sequenceNumber),
    symbol("x-opt-enqueued-time"),
    int64(0x83, fields.enqueuedAtMs),
  ];
  if (fields.lockedUntilMs !== undefined) broker.push(symbol("x-opt-locked-until"), int64(0x83, fields.lockedUntilMs));
  if (fields.deadLetterSource !== undefined) {
    broker.push(symbol("x-opt-deadletter-source"), text(fields.deadLetterSource));
  }
  return Buffer.concat([
    section(HEADER, list([durable, priority, ttl, NULL, uint(fields.deliveryCount)])),
    section(MESSAGE_ANNOTATIONS, map([...kept, ...broker])),
    stored.subarray(bare),
  ]);
}

/** A stored message with some application properties set; the others, and everything else, keep their bytes. */
export function withApplicationProperties(stored: Buffer, changes: ReadonlyMap<string, Buffer>): Buffer {
  if (changes.size === 0) return stored;
  const sections = splitSections(stored);
  const properties = sections.find(({ code }) => code === APPLICATION_PROPERTIES);
  const entries = properties === undefined ? [] : compoundItems(stored, properties.valueStart);
  const items: Buffer[] = [];
  for (let index = 0; index + 1 < entries.length; index += 2) {
    const [key, value] = [entries[index], entries[index + 1]];
    if (key !== undefined && value !== undefined && !changes.has(textOf(key))) items.push(key, value);
  }
  for (const [key, value] of changes) items.push(text(key), value);

  const insertAt = (properties ?? sections.find(({ code }) => code > APPLICATION_PROPERTIES))?.start ?? stored.length;
  return Buffer.concat([
    stored.subarray(0, insertAt),
    section(APPLICATION_PROPERTIES, map(items)),
    stored.subarray(properties?.end ?? insertAt),
  ]);
}

/**
 * The messages in a batch: each data section of the envelope holds one. The envelope repeats the first one's properties, which are
 * to be ignored.
 * @throws {MalformedMessageError}
 */
export function messagesOfBatch(envelope: Buffer): Buffer[] {
  const messages = splitSections(envelope)
    .filter(({ code }) => code === DATA)
    .map((section) => binaryOf(envelope, section));
  if (messages.length === 0) throw new MalformedMessageError("the batch holds no message");
  return messages;
}

/** Whether a stored message asks for something by this annotation. */
export function hasAnnotation(raw: Buffer, name: string): boolean {
  const annotations = splitSections(raw).find(({ code }) => code === MESSAGE_ANNOTATIONS);
  if (annotations === undefined) return false;
  return compoundItems(raw, annotations.valueStart).some((item, index) => index % 2 === 0 && textOf(item) === name);
}

/** A string as an AMQP value. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length > 255 ? Buffer.concat([Buffer.of(0xb1), uint32(bytes.length), bytes]) : shortString(value);
}

function checkShape(raw: Buffer, { code, valueStart, start }: Section): void {
  const constructor = raw[valueStart] ?? 0;
  if (code === HEADER || code === PROPERTIES) {
    if (constructor !== 0x45 && constructor !== 0xc0 && constructor !== 0xd0) {
      throw malformed(`section 0x${code.toString(16)} must be a list, got ${shownByte(raw, valueStart)}`, start);
    }
    compoundItems(raw, valueStart);
  } else if (code === DATA) {
    if (constructor !== 0xa0 && constructor !== 0xb0) {
      throw malformed(`a data section must be binary, got ${shownByte(raw, valueStart)}`, start);
    }
  } else if (code < DATA || code === FOOTER) {
    if (constructor !== 0xc1 && constructor !== 0xd1) {
      throw malformed(`section 0x${code.toString(16)} must be a map, got ${shownByte(raw, valueStart)}`, start);
    }
    if (compoundItems(raw, valueStart).length % 2 !== 0) {
      throw malformed(`section 0x${code.toString(16)} has a key without a value`, start);
    }
  }
}

function binaryOf(raw: Buffer, { valueStart, start, end }: Section): Buffer {
  const constructor = raw[valueStart];
  if (constructor === 0xa0) return raw.subarray(valueStart + 2, end);
  if (constructor === 0xb0) return raw.subarray(valueStart + 5, end);
  throw malformed(`a data section must be binary, got ${shownByte(raw, valueStart)}`, start);
}

/** The encoded items of a list, or keys and values of a map, that starts at `offset`. */
function compoundItems(raw: Buffer, offset: number): Buffer[] {
  const constructor = raw[offset] ?? 0;
  if (constructor === 0x45) return [];
  if (![0xc0, 0xd0, 0xc1, 0xd1].includes(constructor)) {
    throw malformed(`expected a list or map, got ${shownByte(raw, offset)}`, offset);
  }
  const short = constructor < 0xd0;
  const end = skipValue(raw, offset);
  const sizeWidth = short ? 1 : 4;
  if (end < offset + 1 + 2 * sizeWidth) throw malformed("a list or map without a count", offset);
  const count = short ? raw.readUInt8(offset + 2) : raw.readUInt32BE(offset + 5);
  const items: Buffer[] = [];
  let position = offset + 1 + 2 * sizeWidth;
  for (let index = 0; index < count; index += 1) {
    const next = skipValue(raw, position);
    if (next > end) throw malformed("an item reaches beyond its list or map", position);
    items.push(raw.subarray(position, next));
    position = next;
  }
  return items;
}

/** Where the value that starts at `offset` ends. */
function skipValue(raw: Buffer, offset: number, depth = 0): number {
  if (raw[offset] === 0x00) {
    if (depth >= MAX_DESCRIPTOR_DEPTH) throw malformed("descriptors nested too deep", offset);
    return skipValue(raw, skipValue(raw, offset + 1, depth + 1), depth + 1);
  }
  const end = offset + 1 + sizeAfterConstructor(raw, offset);
  if (end > raw.length) throw malformed("a value reaches beyond the message", offset);
  return end;
}

/** Bytes after the constructor, by its upper four bits; AMQP 1.0, part 1, section 1.2. */
function sizeAfterConstructor(raw: Buffer, offset: number): number {
  const constructor = raw[offset];
  if (constructor === undefined) throw malformed("a value is missing", offset);
  const kind = constructor >>> 4;
  switch (kind) {
    case 0x4:
      return 0;
    case 0x5:
      return 1;
    case 0x6:
      return 2;
    case 0x7:
      return 4;
    case 0x8:
      return 8;
    case 0x9:
      return 16;
    case 0xa:
    case 0xc:
    case 0xe:
      if (offset + 1 >= raw.length) throw malformed("a size is missing", offset);
      return 1 + raw.readUInt8(offset + 1);
    case 0xb:
    case 0xd:
    case 0xf:
      if (offset + 5 > raw.length) throw malformed("a size is missing", offset);
      return 4 + raw.readUInt32BE(offset + 1);
    default:
      throw malformed(`no AMQP type has the code ${shownByte(raw, offset)}`, offset);
  }
}

function descriptorCode(raw: Buffer, offset: number): number {
  const constructor = raw[offset];
  let code: number | undefined;
  if (constructor === 0x53) code = raw.readUInt8(offset + 1);
  else if (constructor === 0x80) code = Number(raw.readBigUInt64BE(offset + 1));
  else if (constructor === 0xa3 || constructor === 0xb3) code = SECTION_SYMBOLS.get(textOf(raw.subarray(offset)));
  if (code === undefined || code < HEADER || code > FOOTER) throw malformed("an unknown section", offset);
  return code;
}

/** The text of an encoded string or symbol; empty for any other type. */
function textOf(value: Buffer): string {
  switch (value[0]) {
    case 0xa1:
    case 0xa3:
      return value.toString("utf8", 2, 2 + (value[1] ?? 0));
    case 0xb1:
    case 0xb3:
      return value.toString("utf8", 5, 5 + value.readUInt32BE(1));
    case undefined:
    default:
      return "";
  }
}

function section(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x00, 0x53, code), value]);
}

function list(items: readonly Buffer[]): Buffer {
  return items.length === 0 ? Buffer.of(0x45) : compound(0xc0, items);
}

function map(items: readonly Buffer[]): Buffer {
  return compound(0xc1, items);
}

/** `shortConstructor` with one-byte sizes where they fit, else its wide sibling. */
function compound(shortConstructor: number, items: readonly Buffer[]): Buffer {
  const body = Buffer.concat(items);
  if (items.length <= 255 && body.length + 1 <= 255) {
    return Buffer.concat([Buffer.of(shortConstructor, body.length + 1, items.length), body]);
  }
  return Buffer.concat([Buffer.of(shortConstructor + 0x10), uint32(body.length + 4), uint32(items.length), body]);
}

function shortString(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(0xa1, bytes.length), bytes]);
}

function symbol(value: string): Buffer {
  return Buffer.concat([Buffer.of(0xa3, value.length), Buffer.from(value, "ascii")]);
}

function uint(value: number): Buffer {
  return value === 0 ? Buffer.of(0x43) : Buffer.concat([Buffer.of(0x70), uint32(value)]);
}

/** A long (0x81) or a timestamp (0x83). */
function int64(constructor: 0x81 | 0x83, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(constructor, 0);
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function shownByte(raw: Buffer, offset: number): string {
  const byte = raw[offset];
  return byte === undefined ? "nothing" : `0x${byte.toString(16).padStart(2, "0")}`;
}

function malformed(what: string, offset: number): MalformedMessageError {
  return new MalformedMessageError(`${what} (at byte ${offset})`);
}
