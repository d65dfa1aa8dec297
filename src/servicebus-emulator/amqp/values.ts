/**
 * AMQP's encoded values, read without trust: sizes and counts are the peer's word. What has passed {@link checkValues} can be handed to rhea's
 * decoder, which would make 4,000,000,000 objects of an array that says it has so many nulls.
 * See {@link https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html | AMQP 1.0, part 1}.
 */

/** The bytes are not what AMQP allows; `message` says what and where. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** Lists in lists in …: no message of the service nests deeper than 6. */
const MAX_DEPTH = 32;

/** Values in one frame or request, which are decoded to objects; a request with 4,000 messages has 50,000. */
export const MAX_VALUES = 200_000;

/** Constructor of null. */
export const NULL = 0x40;

/** Descriptor symbols of what the emulator reads itself, by code. */
const DESCRIPTOR_SYMBOLS = new Map([
  ["amqp:open:list", 0x10],
  ["amqp:begin:list", 0x11],
  ["amqp:attach:list", 0x12],
  ["amqp:flow:list", 0x13],
  ["amqp:transfer:list", 0x14],
  ["amqp:disposition:list", 0x15],
  ["amqp:detach:list", 0x16],
  ["amqp:end:list", 0x17],
  ["amqp:close:list", 0x18],
  ["amqp:error:list", 0x1d],
  ["amqp:received:list", 0x23],
  ["amqp:accepted:list", 0x24],
  ["amqp:rejected:list", 0x25],
  ["amqp:released:list", 0x26],
  ["amqp:modified:list", 0x27],
  ["amqp:source:list", 0x28],
  ["amqp:target:list", 0x29],
  ["amqp:coordinator:list", 0x30],
  ["amqp:declared:list", 0x33],
  ["amqp:transactional-state:list", 0x34],
  ["amqp:sasl-init:list", 0x41],
  ["amqp:sasl-response:list", 0x43],
]);

/**
 * Checks that all bytes from `start` on are whole values.
 * @throws {DecodeError}
 */
export function checkValues(bytes: Buffer, start = 0, maxValues = MAX_VALUES): void {
  const budget = { left: maxValues };
  for (let at = start; at < bytes.length;) at = checkValue(bytes, at, bytes.length, 0, budget);
}

/** Where the value at `at` ends. @throws {DecodeError} */
export function checkValue(bytes: Buffer, at: number, end: number, depth: number, budget: { left: number }): number {
  const constructor = byteAt(bytes, at, end);
  if (constructor !== 0) return checkBody(bytes, constructor, at + 1, end, depth, budget);
  if (depth >= MAX_DEPTH) throw new DecodeError(`values are nested deeper than ${MAX_DEPTH} (at byte ${at})`);
  return checkValue(bytes, checkValue(bytes, at + 1, end, depth + 1, budget), end, depth + 1, budget);
}

function checkBody(
  bytes: Buffer,
  constructor: number,
  at: number,
  end: number,
  depth: number,
  budget: { left: number },
): number {
  budget.left -= 1;
  if (budget.left < 0) throw new DecodeError("too many values");
  const after = at + sizeOf(bytes, constructor, at, end);
  if (after > end) throw new DecodeError(`a value reaches beyond its end (at byte ${at})`);
  if (constructor < 0xc0) return after;
  if (depth >= MAX_DEPTH) throw new DecodeError(`values are nested deeper than ${MAX_DEPTH} (at byte ${at})`);

  const wide = (constructor & 0x10) !== 0;
  let next = at + (wide ? 8 : 2);
  if (next > after) throw new DecodeError(`a list, map or array without a count (at byte ${at})`);
  const count = wide ? bytes.readUInt32BE(at + 4) : bytes.readUInt8(at + 1);
  if (constructor >= 0xe0) {
    let item = byteAt(bytes, next, after);
    next += 1;
    if (item === 0) {
      next = checkValue(bytes, next, after, depth + 1, budget);
      item = byteAt(bytes, next, after);
      next += 1;
    }
    for (let index = 0; index < count; index += 1) next = checkBody(bytes, item, next, after, depth + 1, budget);
  } else {
    if (constructor === 0xc1 || constructor === 0xd1) {
      if (count % 2 !== 0) throw new DecodeError(`a map with a key without a value (at byte ${at})`);
    }
    for (let index = 0; index < count; index += 1) next = checkValue(bytes, next, after, depth + 1, budget);
  }
  if (next !== after) throw new DecodeError(`a list, map or array that is not as long as it says (at byte ${at})`);
  return after;
}

/** Bytes after a constructor, by its upper four bits. @throws {DecodeError} */
export function sizeOf(bytes: Buffer, constructor: number, at: number, end: number): number {
  switch (constructor) {
    case 0x40:
    case 0x41:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x45: // prettier-ignore
      return 0;
    case 0x50:
    case 0x51:
    case 0x52:
    case 0x53:
    case 0x54:
    case 0x55:
    case 0x56: // prettier-ignore
      return 1;
    case 0x60:
    case 0x61: // prettier-ignore
      return 2;
    case 0x70:
    case 0x71:
    case 0x72:
    case 0x73:
    case 0x74: // prettier-ignore
      return 4;
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
    case 0x84: // prettier-ignore
      return 8;
    case 0x94:
    case 0x98: // prettier-ignore
      return 16;
    case 0xa0:
    case 0xa1:
    case 0xa3:
    case 0xc0:
    case 0xc1:
    case 0xe0: // prettier-ignore
      return 1 + byteAt(bytes, at, end);
    case 0xb0:
    case 0xb1:
    case 0xb3:
    case 0xd0:
    case 0xd1:
    case 0xf0: // prettier-ignore
      if (at + 4 > end) throw new DecodeError(`a size is missing (at byte ${at})`);
      return 4 + bytes.readUInt32BE(at);
    default:
      throw new DecodeError(`no AMQP type has the code 0x${constructor.toString(16)} (at byte ${at - 1})`);
  }
}

/** @throws {DecodeError} */
export function byteAt(bytes: Buffer, at: number, end: number): number {
  const byte = at < end ? bytes[at] : undefined;
  if (byte === undefined) throw new DecodeError(`a value is missing (at byte ${at})`);
  return byte;
}

/** A composite: its descriptor's code, -1 for one that is not known, and where its list starts. @throws {DecodeError} */
export function readDescriptor(bytes: Buffer, at: number, end: number): { code: number; at: number } {
  if (byteAt(bytes, at, end) !== 0) throw new DecodeError(`expected a described value (at byte ${at})`);
  const constructor = byteAt(bytes, at + 1, end);
  const start = at + 2;
  const after = start + sizeOf(bytes, constructor, start, end);
  if (after > end) throw new DecodeError(`a descriptor reaches beyond its end (at byte ${at})`);
  switch (constructor) {
    case 0x53:
      return { code: byteAt(bytes, start, end), at: after };
    case 0x80:
      return { code: bytes.readUInt32BE(start) === 0 ? bytes.readUInt32BE(start + 4) : -1, at: after };
    case 0xa3:
      return { code: DESCRIPTOR_SYMBOLS.get(bytes.toString("latin1", start + 1, after)) ?? -1, at: after };
    case 0xb3:
      return { code: DESCRIPTOR_SYMBOLS.get(bytes.toString("latin1", start + 4, after)) ?? -1, at: after };
    default:
      return { code: -1, at: after };
  }
}
