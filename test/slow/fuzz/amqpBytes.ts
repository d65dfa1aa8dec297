/** AMQP 1.0 as bytes, written by hand: {@link https://docs.oasis-open.org/amqp/core/v1.0/amqp-core-types-v1.0.html}. A library would refuse to write what is wrong. */

export const NULL = Buffer.from([0x40]);
export const EMPTY_LIST = Buffer.from([0x45]);

export const AMQP_HEADER = Buffer.from("AMQP\x00\x01\x00\x00", "latin1");
export const SASL_HEADER = Buffer.from("AMQP\x03\x01\x00\x00", "latin1");

export const PERFORMATIVES = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
} as const;

export const boolean = (value: boolean): Buffer => Buffer.from([value ? 0x41 : 0x42]);
export const ubyte = (value: number): Buffer => Buffer.from([0x50, value]);
export const uint = (value: number): Buffer => sized(0x70, 4, (bytes) => bytes.writeUInt32BE(value >>> 0, 1));
export const int = (value: number): Buffer => sized(0x71, 4, (bytes) => bytes.writeInt32BE(value | 0, 1));
export const ulong = (value: bigint): Buffer => sized(0x80, 8, (bytes) => bytes.writeBigUInt64BE(value, 1));
export const long = (value: bigint): Buffer => sized(0x81, 8, (bytes) => bytes.writeBigInt64BE(value, 1));
export const text = (value: string): Buffer => variable(0xb1, Buffer.from(value));
export const symbol = (value: string): Buffer => variable(0xb3, Buffer.from(value, "latin1"));
export const binary = (value: Buffer): Buffer => variable(0xb0, value);

export const list = (items: readonly Buffer[]): Buffer => compound(0xd0, items.length, Buffer.concat(items));
/** @param items keys and values in turn. */
export const map = (items: readonly Buffer[]): Buffer => compound(0xd1, items.length, Buffer.concat(items));
/** @param constructor the one that all elements share; `elements` come without theirs. */
export const array = (constructor: Buffer, count: number, elements: Buffer): Buffer =>
  compound(0xf0, count, Buffer.concat([constructor, elements]));

export const described = (code: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x00, 0x53, code]), value]);

/** A compound type that says of itself what its caller wants it to say. */
export function compound(code: number, count: number, content: Buffer, sizeBytes = content.length + 4): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(code, 0);
  head.writeUInt32BE(sizeBytes >>> 0, 1);
  head.writeUInt32BE(count >>> 0, 5);
  return Buffer.concat([head, content]);
}

export interface FrameHead {
  readonly channel?: number;
  /** 0 AMQP, 1 SASL. */
  readonly type?: number;
  /** In words of 4 bytes; 2 by the rules. */
  readonly dataOffset?: number;
  /** What the frame says its size is; without it, what it is. */
  readonly sizeBytes?: number;
}

export function frame(body: Buffer, { channel = 0, type = 0, dataOffset = 2, sizeBytes }: FrameHead = {}): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE((sizeBytes ?? body.length + 8) >>> 0, 0);
  head.writeUInt8(dataOffset & 0xff, 4);
  head.writeUInt8(type & 0xff, 5);
  head.writeUInt16BE(channel & 0xffff, 6);
  return Buffer.concat([head, body]);
}

export function performative(
  name: keyof typeof PERFORMATIVES,
  fields: readonly Buffer[],
  head: FrameHead & { readonly payload?: Buffer } = {},
): Buffer {
  const body = described(PERFORMATIVES[name], list(fields));
  return frame(head.payload === undefined ? body : Buffer.concat([body, head.payload]), head);
}

function sized(code: number, sizeBytes: number, write: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.alloc(1 + sizeBytes);
  bytes.writeUInt8(code, 0);
  write(bytes);
  return bytes;
}

function variable(code: number, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(code, 0);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}
