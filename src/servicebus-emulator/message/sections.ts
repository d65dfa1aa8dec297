/**
 * Messages as bytes. A broker may change a message's header and annotations; the rest has to come out byte for byte as it went in,
 * which decoding and encoding again would not do, since JavaScript has fewer types than AMQP.
 * See {@link https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html | AMQP 1.0, part 3}.
 */

/** The bytes are not a message; `message` says which and where. */
export class MalformedMessageError extends Error {
  override readonly name = "MalformedMessageError";
}

/** Descriptor codes of the sections, in the order of the specification. */
export const HEADER = 0x70;
export const DELIVERY_ANNOTATIONS = 0x71;
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

/** A descriptor inside a descriptor inside …: nobody sends more than one. */
const MAX_DESCRIPTOR_DEPTH = 8;

/** One section; all positions are offsets in the message. */
export interface Section {
  readonly code: number;
  readonly start: number;
  /** Where the value starts, at its constructor. */
  readonly valueStart: number;
  readonly end: number;
}

/**
 * Splits a message into its sections without decoding them. They are as they came: the Python SDK writes delivery annotations last, rhea the
 * footer before the body.
 * @throws {MalformedMessageError}
 */
export function splitSections(raw: Buffer): Section[] {
  const sections: Section[] = [];
  let start = 0;
  while (start < raw.length) {
    const section = sectionAt(raw, start);
    const { code } = section;
    if (isSingle(code) && hasSection(sections, code)) {
      throw malformed(`section 0x${code.toString(16)} twice`, start);
    }
    sections.push(section);
    start = section.end;
  }
  if (sections.length === 0) throw new MalformedMessageError("the message is empty");
  return sections;
}

/** Whether a message has at most one section of this kind. */
function isSingle(code: number): boolean {
  return code < DATA || code === FOOTER;
}

function hasSection(sections: readonly Section[], code: number): boolean {
  for (const section of sections) if (section.code === code) return true;
  return false;
}

/** A message with its sections in the order of the specification, which readers and the store rely on; the same bytes where they are. */
export function inOrder(raw: Buffer, sections: readonly Section[]): Buffer {
  if (isOrdered(sections)) return raw;
  const ordered = [...sections].sort((a, b) => a.code - b.code);
  return Buffer.concat(ordered.map(({ start, end }) => raw.subarray(start, end)));
}

function isOrdered(sections: readonly Section[]): boolean {
  let previous = 0;
  for (const { code } of sections) {
    if (code < previous) return false;
    previous = code;
  }
  return true;
}

/** A message without its body. */
export function withoutBody(raw: Buffer): Buffer {
  const kept = splitSections(raw).filter(({ code }) => isSingle(code));
  return Buffer.concat(kept.map(({ start, end }) => raw.subarray(start, end)));
}

/** @throws {MalformedMessageError} when no section starts at `start`. */
export function sectionAt(raw: Buffer, start: number): Section {
  if (raw[start] !== 0x00) throw malformed(`a section must start with 0x00, got ${shownByte(raw, start)}`, start);
  const valueStart = skipValue(raw, start + 1);
  const code = descriptorCode(raw, start + 1);
  return { code, start, valueStart, end: skipValue(raw, valueStart) };
}

/**
 * Checks what the broker relies on later: lists and maps whose items are whole, binary data.
 * @throws {MalformedMessageError}
 */
export function checkShape(raw: Buffer, { code, valueStart, start }: Section): void {
  const constructor = raw[valueStart] ?? 0;
  if (code === HEADER || code === PROPERTIES) {
    if (constructor !== 0x45 && constructor !== 0xc0 && constructor !== 0xd0) {
      throw malformed(`section 0x${code.toString(16)} must be a list, got ${shownByte(raw, valueStart)}`, start);
    }
    walkItems(raw, valueStart);
  } else if (code === DATA) {
    if (constructor !== 0xa0 && constructor !== 0xb0) {
      throw malformed(`a data section must be binary, got ${shownByte(raw, valueStart)}`, start);
    }
  } else if (code < DATA || code === FOOTER) {
    if (constructor !== 0xc1 && constructor !== 0xd1) {
      throw malformed(`section 0x${code.toString(16)} must be a map, got ${shownByte(raw, valueStart)}`, start);
    }
    if (walkItems(raw, valueStart) % 2 !== 0) {
      throw malformed(`section 0x${code.toString(16)} has a key without a value`, start);
    }
  }
}

/** The bytes that a data section holds. */
export function binaryOf(raw: Buffer, { valueStart, start, end }: Section): Buffer {
  const constructor = raw[valueStart];
  if (constructor === 0xa0) return raw.subarray(valueStart + 2, end);
  if (constructor === 0xb0) return raw.subarray(valueStart + 5, end);
  throw malformed(`a data section must be binary, got ${shownByte(raw, valueStart)}`, start);
}

/** The encoded items of a list, or keys and values of a map, that starts at `offset`. */
export function compoundItems(raw: Buffer, offset: number): Buffer[] {
  const items: Buffer[] = [];
  walkItems(raw, offset, (start, end) => items.push(raw.subarray(start, end)));
  return items;
}

/**
 * Goes over the items of a list, or keys and values of a map, that starts at `offset`, and counts them.
 * @throws {MalformedMessageError}
 */
export function walkItems(
  raw: Buffer,
  offset: number,
  visit?: (start: number, end: number, index: number) => void,
): number {
  const constructor = raw[offset] ?? 0;
  if (constructor === 0x45) return 0;
  if (constructor !== 0xc0 && constructor !== 0xd0 && constructor !== 0xc1 && constructor !== 0xd1) {
    throw malformed(`expected a list or map, got ${shownByte(raw, offset)}`, offset);
  }
  const short = constructor < 0xd0;
  const end = skipValue(raw, offset);
  const sizeWidth = short ? 1 : 4;
  if (end < offset + 1 + 2 * sizeWidth) throw malformed("a list or map without a count", offset);
  const count = short ? raw.readUInt8(offset + 2) : raw.readUInt32BE(offset + 5);
  let position = offset + 1 + 2 * sizeWidth;
  for (let index = 0; index < count; index += 1) {
    const next = skipValue(raw, position);
    if (next > end) throw malformed("an item reaches beyond its list or map", position);
    visit?.(position, next, index);
    position = next;
  }
  return count;
}

/** Where the item at `index` of the list that starts at `offset` starts; undefined when the list is shorter. For a list whose shape was checked. */
export function itemAt(raw: Buffer, offset: number, index: number): number | undefined {
  const constructor = raw[offset];
  if (constructor === 0x45) return undefined;
  const isShort = constructor === 0xc0;
  const count = isShort ? raw.readUInt8(offset + 2) : raw.readUInt32BE(offset + 5);
  if (index >= count) return undefined;
  let position = offset + (isShort ? 3 : 9);
  for (let skipped = 0; skipped < index; skipped += 1) position = skipValue(raw, position);
  return position;
}

/** Where the value that starts at `offset` ends. */
export function skipValue(raw: Buffer, offset: number, depth = 0): number {
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
export function textOf(value: Buffer): string {
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

function shownByte(raw: Buffer, offset: number): string {
  const byte = raw[offset];
  return byte === undefined ? "nothing" : `0x${byte.toString(16).padStart(2, "0")}`;
}

function malformed(what: string, offset: number): MalformedMessageError {
  return new MalformedMessageError(`${what} (at byte ${offset})`);
}
