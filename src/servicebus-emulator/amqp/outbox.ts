import type { Socket } from "node:net";
import { dispositionFrame } from "./frames/messageFrames.ts";
import type { EncodedOutcome } from "./outcomes.ts";

/** With so much not yet taken by the peer, nothing more is delivered to it, in bytes. */
const DELIVERY_BACKLOG_BYTES = 1024 * 1024;

/**
 * What goes out over a connection: everything of one turn of the event loop in one write, and consecutive deliveries with the same outcome in one
 * disposition. It says whether a peer keeps up with its deliveries, and when one does again.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #onFlushed: () => void;
  readonly #resumeDeliveries: () => void;

  #frames: Buffer[] = [];
  #bytes = 0;
  #flushScheduled = false;
  #closed = false;
  #hasWritten = false;
  /** Consecutive deliveries with the same outcome. */
  #disposition:
    { channel: number; peerReceives: boolean; first: number; last: number; outcome: EncodedOutcome } | undefined;

  /**
   * @param onFlushed called after each write.
   * @param resumeDeliveries called when deliveries that were held back can go on.
   */
  constructor(socket: Socket, onFlushed: () => void, resumeDeliveries: () => void) {
    this.#socket = socket;
    this.#onFlushed = onFlushed;
    this.#resumeDeliveries = resumeDeliveries;
    socket.on("drain", resumeDeliveries);
  }

  /** Whether the peer takes what it is sent fast enough to be sent more. */
  get takesDeliveries(): boolean {
    return this.#unsentBytes() < DELIVERY_BACKLOG_BYTES;
  }

  /** Whether something was written since this was last asked. */
  takeHasWritten(): boolean {
    const hasWritten = this.#hasWritten;
    this.#hasWritten = false;
    return hasWritten;
  }

  send(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#disposition !== undefined) this.#writeDisposition();
    this.#push(frame);
  }

  /** Settles a delivery of ours (`peerReceives`) or of the peer's. */
  settle(channel: number, peerReceives: boolean, id: number, outcome: EncodedOutcome): void {
    if (this.#closed) return;
    const open = this.#disposition;
    if (
      open?.channel === channel &&
      open.peerReceives === peerReceives &&
      open.outcome === outcome &&
      (open.last + 1) >>> 0 === id
    ) {
      open.last = id;
      return;
    }
    if (open !== undefined) this.#writeDisposition();
    this.#disposition = { channel, peerReceives, first: id, last: id, outcome };
    this.#scheduleFlush();
  }

  /** Writes what waits, and takes nothing more. */
  close(): void {
    this.#flush();
    this.discard();
  }

  /** Takes nothing more; what waits is gone with the connection. */
  discard(): void {
    this.#closed = true;
    this.#frames = [];
    this.#disposition = undefined;
  }

  #unsentBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  #push(bytes: Buffer): void {
    this.#frames.push(bytes);
    this.#bytes += bytes.length;
    this.#scheduleFlush();
  }

  #writeDisposition(): void {
    const disposition = this.#disposition;
    if (disposition === undefined) return;
    this.#disposition = undefined;
    this.#push(dispositionFrame(disposition.channel, disposition, disposition.outcome));
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (this.#closed) return;
    this.#writeDisposition();
    this.#flushScheduled = false;
    const [first] = this.#frames;
    if (first === undefined) return;
    const bytes = this.#frames.length === 1 ? first : Buffer.concat(this.#frames, this.#bytes);
    const heldBack = this.#unsentBytes() >= DELIVERY_BACKLOG_BYTES;
    this.#frames = [];
    this.#bytes = 0;
    this.#hasWritten = true;
    this.#socket.write(bytes);
    this.#onFlushed();
    // A write that the kernel takes whole at once brings no "drain". Not in this turn: a fast reader must not keep others from theirs.
    if (heldBack && this.takesDeliveries) setImmediate(this.#resumeDeliveries);
  };
}
