/** AMQP values as bytes; AMQP 1.0, part 1, section 1.6. */

export const NULL = Buffer.of(0x40);

/** A string as an AMQP value. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length > 255
    ? Buffer.concat([Buffer.of(0xb1), uint32(bytes.length), bytes])
    : Buffer.concat([Buffer.of(0xa1, bytes.length), bytes]);
}

/** A symbol of at most 255 characters, all ASCII. */
export function symbol(value: string): Buffer {
  return Buffer.concat([Buffer.of(0xa3, value.length), Buffer.from(value, "ascii")]);
}

export const boolean = (value: boolean): Buffer => Buffer.of(value ? 0x41 : 0x42);

export const ubyte = (value: number): Buffer => Buffer.of(0x50, value);

export const ushort = (value: number): Buffer => Buffer.of(0x60, value >>> 8, value & 0xff);

export const uint = (value: number): Buffer => Buffer.concat([Buffer.of(0x70), uint32(value)]);

/** @param value below 2^53. */
export function ulong(value: number): Buffer {
  return Buffer.concat([Buffer.of(0x80), uint32(Math.floor(value / 0x1_0000_0000)), uint32(value % 0x1_0000_0000)]);
}

/** @param items of one constructor, at least one. */
export function array(items: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.of(items[0]?.[0] ?? 0x40), ...items.map((item) => item.subarray(1))]);
  return Buffer.concat([Buffer.of(0xf0), uint32(body.length + 4), uint32(items.length), body]);
}

/** A described value with a code below 256: a section of a message, or a performative. */
export function section(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x00, 0x53, code), value]);
}

export function list(items: readonly Buffer[]): Buffer {
  return items.length === 0 ? Buffer.of(0x45) : compound(0xc0, items);
}

/** @param items keys and values in turn. */
export function map(items: readonly Buffer[]): Buffer {
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

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
