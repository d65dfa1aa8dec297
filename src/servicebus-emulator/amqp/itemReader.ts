import { byteAt, checkValue, DecodeError, MAX_VALUES, NULL, sizeOf } from "./values.ts";

/**
 * Reads the items of a list, or keys and values of a map, in turn. A field that is missing at the end is as one that is null, both undefined.
 * Every reader throws a {@link DecodeError} for an item of another type.
 */
export class ItemReader {
  readonly #bytes: Buffer;
  #at: number;
  #left: number;
  /** Where the list ends, and what follows it starts. */
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    const constructor = byteAt(bytes, at, end);
    const start = at + 1;
    this.end = start + sizeOf(bytes, constructor, start, end);
    if (this.end > end) throw new DecodeError(`a list reaches beyond its end (at byte ${at})`);
    switch (constructor) {
      case 0x45:
        this.#left = 0;
        this.#at = start;
        break;
      case 0xc0:
      case 0xc1:
        if (this.end < start + 2) throw new DecodeError(`a list without a count (at byte ${at})`);
        this.#left = bytes.readUInt8(start + 1);
        this.#at = start + 2;
        break;
      case 0xd0:
      case 0xd1:
        if (this.end < start + 8) throw new DecodeError(`a list without a count (at byte ${at})`);
        this.#left = bytes.readUInt32BE(start + 4);
        this.#at = start + 8;
        break;
      default:
        throw new DecodeError(`expected a list or map, got 0x${constructor.toString(16)} (at byte ${at})`);
    }
  }

  get left(): number {
    return this.#left;
  }

  /** The constructor of the next item, which is then consumed; null's when there is no item. */
  #next(): number {
    if (this.#left === 0) return NULL;
    this.#left -= 1;
    const constructor = byteAt(this.#bytes, this.#at, this.end);
    this.#at += 1;
    return constructor;
  }

  #take(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at > this.end) throw new DecodeError(`a value reaches beyond its list (at byte ${at})`);
    return at;
  }

  /** A ubyte, ushort or uint. */
  uint(): number | undefined {
    const constructor = this.#next();
    switch (constructor) {
      case NULL:
        return undefined;
      case 0x43:
        return 0;
      case 0x50:
      case 0x52:
        return this.#bytes[this.#take(1)] ?? 0;
      case 0x60:
        return this.#bytes.readUInt16BE(this.#take(2));
      case 0x70:
        return this.#bytes.readUInt32BE(this.#take(4));
      default:
        throw this.#unexpected("a uint", constructor);
    }
  }

  boolean(): boolean | undefined {
    const constructor = this.#next();
    switch (constructor) {
      case NULL:
        return undefined;
      case 0x41:
        return true;
      case 0x42:
        return false;
      case 0x56:
        return this.#bytes[this.#take(1)] === 1;
      default:
        throw this.#unexpected("a boolean", constructor);
    }
  }

  /** The bytes of a binary, or of a string or symbol. */
  variable(): Buffer | undefined {
    const constructor = this.#next();
    if (constructor === NULL) return undefined;
    if (constructor < 0xa0 || constructor > 0xbf) throw this.#unexpected("a binary, string or symbol", constructor);
    const start = this.#at;
    const end = start + sizeOf(this.#bytes, constructor, start, this.end);
    if (end > this.end) throw new DecodeError(`a value reaches beyond its list (at byte ${start})`);
    this.#at = end;
    return this.#bytes.subarray(start + (constructor < 0xb0 ? 1 : 4), end);
  }

  text(): string | undefined {
    return this.variable()?.toString("utf8");
  }

  /** The next item as it is encoded, checked; undefined for null. */
  raw(): Buffer | undefined {
    if (this.#left === 0) return undefined;
    const start = this.#at;
    this.#left -= 1;
    this.#at = checkValue(this.#bytes, start, this.end, 0, { left: MAX_VALUES });
    return this.#bytes[start] === NULL ? undefined : this.#bytes.subarray(start, this.#at);
  }

  #unexpected(expected: string, constructor: number): DecodeError {
    return new DecodeError(`expected ${expected}, got 0x${constructor.toString(16)} (at byte ${this.#at - 1})`);
  }
}
