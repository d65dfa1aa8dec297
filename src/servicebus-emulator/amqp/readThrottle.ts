import type { Socket } from "node:net";
import { RESOURCE_LIMIT_EXCEEDED, ViolationError } from "./conditions.ts";

/** With so much not yet taken by the peer, or not yet answered to it, nothing more is read from it, in bytes. */
const READ_BACKLOG_BYTES = 16 * 1024 * 1024;

/** Beginnings of messages that one connection may leave open, in bytes. */
const MAX_PARTIAL_BYTES = 64 * 1024 * 1024;

/** Stops reading from a peer that sends faster than it is answered, or that does not read its answers. */
export class ReadThrottle {
  readonly #socket: Socket;
  /** Bytes of messages that came and are not answered. */
  #unansweredBytes = 0;
  #partialBytes = 0;
  #stopped = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("drain", () => {
      this.update();
    });
  }

  hold(bytes: number): void {
    this.#unansweredBytes += bytes;
    this.update();
  }

  /** @throws {ViolationError} when they are too many. */
  holdPartial(bytes: number): void {
    this.#partialBytes += bytes;
    if (this.#partialBytes > MAX_PARTIAL_BYTES) {
      throw new ViolationError(RESOURCE_LIMIT_EXCEEDED, `More than ${MAX_PARTIAL_BYTES} bytes of unfinished messages.`);
    }
  }

  /** To be called when something was written. */
  update(): void {
    const isPressed = this.#unansweredBytes > READ_BACKLOG_BYTES || this.#socket.writableLength > READ_BACKLOG_BYTES;
    if (this.#stopped || isPressed === this.#socket.isPaused()) return;
    if (isPressed) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Reads on, whatever waits: the connection has ended. */
  stop(): void {
    this.#stopped = true;
    this.#socket.resume();
  }
}
