import { FRAMING_ERROR, ViolationError } from "./conditions.ts";
import { MAX_FRAME_SIZE_BYTES } from "./frames/performatives.ts";

/** Bytes of a protocol header. */
const PROTOCOL_HEADER_BYTES = 8;

/** Who takes the parts of a connection's input. */
interface PartTaker {
  /** Undefined: nothing more is read. */
  expects(): "header" | "frame" | undefined;
  /** Takes a whole header or frame. */
  take(part: Buffer): void;
}

/** Cuts a connection's input into protocol headers and frames. */
export class InputSplitter {
  readonly #taker: PartTaker;
  /** What is not a whole part yet. */
  #chunks: Buffer[] = [];
  #bytes = 0;
  #neededBytes = PROTOCOL_HEADER_BYTES;

  constructor(taker: PartTaker) {
    this.#taker = taker;
  }

  /** @throws {ViolationError} for a size that no frame has, and what the taker throws. */
  read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#neededBytes) return;
    const input = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    const taken = this.#consume(input);
    this.#chunks = taken === input.length ? [] : [input.subarray(taken)];
    this.#bytes = input.length - taken;
  }

  /** Takes every whole part, and says how many bytes they were. */
  #consume(input: Buffer): number {
    let at = 0;
    for (;;) {
      const expected = this.#taker.expects();
      if (expected === undefined) return input.length;
      const size = expected === "header" ? PROTOCOL_HEADER_BYTES : frameSize(input, at);
      this.#neededBytes = size;
      if (input.length - at < size) return at;
      this.#taker.take(input.subarray(at, at + size));
      at += size;
    }
  }
}

/** @throws {ViolationError} */
function frameSize(input: Buffer, at: number): number {
  if (input.length - at < 4) return 4;
  const size = input.readUInt32BE(at);
  if (size >= 8 && size <= MAX_FRAME_SIZE_BYTES) return size;
  throw new ViolationError(
    FRAMING_ERROR,
    `A frame has from 8 to ${MAX_FRAME_SIZE_BYTES} bytes, this one says ${size}.`,
  );
}
