import type { Socket } from "node:net";
import type { Logger } from "../../shared/logger.ts";
import {
  CONNECTION_FORCED,
  DECODE_ERROR,
  FRAMING_ERROR,
  INTERNAL_ERROR,
  INVALID_FIELD,
  NOT_ALLOWED,
  RESOURCE_LIMIT_EXCEEDED,
  ViolationError,
  type Refusal,
} from "./conditions.ts";
import {
  beginFrame,
  closeFrame,
  dispositionFrame,
  EMPTY_FRAME,
  endFrame,
  MAX_FRAME_SIZE_BYTES,
  mechanismsFrame,
  MIN_MAX_FRAME_SIZE_BYTES,
  openFrame,
  readFrame,
  saslOutcomeFrame,
  type Begin,
  type Frame,
  type Open,
  type SaslInit,
} from "./frames.ts";
import type { EncodedOutcome } from "./outcomes.ts";
import { judgeSasl, SASL_AUTH_FAILED, SASL_MECHANISMS, SASL_OK, WELCOME } from "./sasl.ts";
import { HANDLE_MAX, INCOMING_WINDOW, OUTGOING_WINDOW, Session } from "./session.ts";
import type { IncomingLink, OutgoingLink } from "./session.ts";
import { DecodeError } from "./values.ts";

/** Session numbers from 0 on; the service's own limit. */
const CHANNEL_MAX = 4_999;

/** How long the peer of an ended connection may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 1_000;

/** Shorter pauses than this, in milliseconds, cannot be promised. */
const MIN_IDLE_TIMEOUT_MS = 1_000;

/** With so much not yet taken by the peer, nothing more is delivered to it, in bytes. */
const DELIVERY_BACKLOG_BYTES = 1024 * 1024;

/** With so much not yet taken by the peer, or not yet answered to it, nothing more is read from it, in bytes. */
const READ_BACKLOG_BYTES = 16 * 1024 * 1024;

/** Beginnings of messages that one connection may leave open, in bytes. */
const MAX_PARTIAL_BYTES = 64 * 1024 * 1024;

const SASL_HEADER = Buffer.from("AMQP\x03\x01\x00\x00", "latin1");
const AMQP_HEADER = Buffer.from("AMQP\x00\x01\x00\x00", "latin1");

/** Who decides for a connection. */
export interface ConnectionHost {
  readonly log: Logger;
  /** How often a client is to be heard, in milliseconds; after twice this without a byte its connection is ended. */
  readonly idleTimeoutMs: number;
  /** How long a connection may take until it is open, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  readonly maxMessageSizeBytes: number;
  /** Takes a key that was given by SASL. False: there is none like it. */
  authenticate(connection: Connection, keyName: string, key: string): boolean;
  /** Prepares a link that the peer opens; what it returns closes the link again. */
  attached(link: IncomingLink | OutgoingLink): Refusal | undefined;
  closed(connection: Connection): void;
}

/**
 * The serving end of an AMQP connection, from the first byte on. What a peer does wrong ends its own connection, with an error that says what, and
 * nothing else. Everything that goes out in one turn of the event loop goes out in one write.
 */
export class Connection {
  readonly host: ConnectionHost;
  /** Name by which the client called the server, for messages about its resources. */
  hostname = "localhost";
  /** The largest frame that the peer takes, in bytes. */
  peerMaxFrameSize = MIN_MAX_FRAME_SIZE_BYTES;

  readonly #socket: Socket;
  #expects: "header" | "sasl" | "amqp" = "header";
  #saslDone = false;
  #opened = false;
  /** Whether input is read no more: the connection failed or is closed. */
  #ended = false;
  readonly #sessions = new Map<number, Session>();

  /** Input that is not a whole frame yet. */
  #input: Buffer[] = [];
  #inputBytes = 0;
  #neededBytes = AMQP_HEADER.length;
  #heard = true;
  #quietChecks = 0;

  #output: Buffer[] = [];
  #outputBytes = 0;
  #flushScheduled = false;
  #wrote = false;
  /** Consecutive deliveries with the same outcome. */
  #disposition:
    { channel: number; peerReceives: boolean; first: number; last: number; outcome: EncodedOutcome } | undefined;

  /** Bytes of messages that came and are not answered. */
  #unansweredBytes = 0;
  #partialBytes = 0;

  readonly #handshake: NodeJS.Timeout;
  #idleCheck: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #goodbye: NodeJS.Timeout | undefined;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.host = host;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on("drain", () => {
      this.#throttle();
      this.#resumeDeliveries();
    });
    socket.on("error", (error) => {
      host.log.debug({ err: error }, "an AMQP connection broke");
    });
    socket.on("close", () => {
      this.#cleanUp();
    });
    this.#handshake = setTimeout(() => {
      this.#fail({ condition: CONNECTION_FORCED, description: `No open within ${host.handshakeTimeoutMs} ms.` });
    }, host.handshakeTimeoutMs);
  }

  get isOpen(): boolean {
    return this.#opened && !this.#ended;
  }

  /** Whether the peer takes what it is sent fast enough to be sent more. */
  get takesDeliveries(): boolean {
    return this.#unsentBytes() < DELIVERY_BACKLOG_BYTES;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  send(frame: Buffer): void {
    if (this.#ended) return;
    if (this.#disposition !== undefined) this.#writeDisposition();
    this.#push(frame);
  }

  /** Settles a delivery of ours (`peerReceives`) or of the peer's. */
  settle(channel: number, peerReceives: boolean, id: number, outcome: EncodedOutcome): void {
    if (this.#ended) return;
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

  /** Counts the bytes of messages that are not answered yet. Many of them, and no more are read. */
  hold(bytes: number): void {
    this.#unansweredBytes += bytes;
    this.#throttle();
  }

  release(bytes: number): void {
    this.hold(-bytes);
  }

  /** Counts the bytes of messages of which the rest has not come yet. @throws {ViolationError} */
  holdPartial(bytes: number): void {
    this.#partialBytes += bytes;
    if (this.#partialBytes > MAX_PARTIAL_BYTES) {
      throw new ViolationError(RESOURCE_LIMIT_EXCEEDED, `More than ${MAX_PARTIAL_BYTES} bytes of unfinished messages.`);
    }
  }

  /** Says goodbye, and ends the connection when the peer has answered, or after a second. */
  close(refusal: Refusal): void {
    this.#fail(refusal);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#heard = true;
    if (this.#ended) return;
    this.#input.push(chunk);
    this.#inputBytes += chunk.length;
    if (this.#inputBytes < this.#neededBytes) return;
    const input = this.#input.length === 1 ? chunk : Buffer.concat(this.#input, this.#inputBytes);
    try {
      const taken = this.#consume(input);
      this.#input = taken === input.length ? [] : [input.subarray(taken)];
      this.#inputBytes = input.length - taken;
    } catch (error) {
      this.#failWith(error);
    }
  }

  /** Handles every whole header and frame, and says how many bytes they were. */
  #consume(input: Buffer): number {
    let at = 0;
    while (!this.#ended) {
      const size = this.#expects === "header" ? AMQP_HEADER.length : this.#frameSize(input, at);
      this.#neededBytes = size;
      if (input.length - at < size) break;
      const part = input.subarray(at, at + size);
      at += size;
      if (this.#expects === "header") this.#onHeader(part);
      else this.#onFrame(readFrame(part));
    }
    return this.#ended ? input.length : at;
  }

  #frameSize(input: Buffer, at: number): number {
    if (input.length - at < 4) return 4;
    const size = input.readUInt32BE(at);
    if (size < 8 || size > MAX_FRAME_SIZE_BYTES) {
      throw new ViolationError(
        FRAMING_ERROR,
        `A frame has from 8 to ${MAX_FRAME_SIZE_BYTES} bytes, this one says ${size}.`,
      );
    }
    return size;
  }

  #onHeader(header: Buffer): void {
    if (header.equals(SASL_HEADER) && !this.#saslDone) {
      this.#expects = "sasl";
      this.send(SASL_HEADER);
      this.send(mechanismsFrame(SASL_MECHANISMS));
    } else if (header.equals(AMQP_HEADER)) {
      this.#expects = "amqp";
      this.send(AMQP_HEADER);
    } else {
      // What the specification asks for: say which header would be right, and end.
      this.host.log.info({ header: header.toString("hex") }, "not an AMQP 1.0 client");
      this.send(this.#saslDone ? AMQP_HEADER : SASL_HEADER);
      this.#end("now");
    }
  }

  #onFrame({ channel, performative }: Frame): void {
    if (performative.kind === "empty") return;
    if (this.#expects === "sasl") {
      if (performative.kind !== "sasl-init") throw new ViolationError(NOT_ALLOWED, "Expected a SASL init.");
      this.#onSaslInit(performative);
      return;
    }
    if (performative.kind === "open") {
      this.#onOpen(performative);
      return;
    }
    if (!this.#opened) throw new ViolationError(NOT_ALLOWED, `A ${performative.kind} before the open.`);
    switch (performative.kind) {
      case "begin":
        this.#onBegin(channel, performative);
        return;
      case "end":
        this.#session(channel).ended();
        this.#sessions.delete(channel);
        this.send(endFrame(channel));
        return;
      case "close":
        if (performative.error !== undefined) this.host.log.debug({ error: performative.error }, "a client closed");
        this.#fail(undefined);
        return;
      case "sasl-init":
        throw new ViolationError(NOT_ALLOWED, "SASL is over.");
      case "attach":
      case "flow":
      case "transfer":
      case "disposition":
      case "detach":
        this.#session(channel).on(performative);
    }
  }

  #onSaslInit({ mechanism, initialResponse }: SaslInit): void {
    const fine = judgeSasl(mechanism, initialResponse, (keyName, key) => this.host.authenticate(this, keyName, key));
    if (fine) {
      this.#saslDone = true;
      this.#expects = "header";
      this.send(saslOutcomeFrame(SASL_OK, WELCOME));
    } else {
      this.host.log.info({ mechanism }, "SASL refused");
      this.send(saslOutcomeFrame(SASL_AUTH_FAILED));
      this.#end("now");
    }
  }

  #onOpen({ hostname, maxFrameSize, idleTimeOut }: Open): void {
    if (this.#opened) throw new ViolationError(NOT_ALLOWED, "The connection is open already.");
    clearTimeout(this.#handshake);
    const { idleTimeoutMs } = this.host;
    this.send(openFrame({ containerId: "servicebus-emulator", channelMax: CHANNEL_MAX, idleTimeOut: idleTimeoutMs }));
    this.#opened = true;
    if (maxFrameSize !== undefined && maxFrameSize < MIN_MAX_FRAME_SIZE_BYTES) {
      throw new ViolationError(
        INVALID_FIELD,
        `max-frame-size must be at least ${MIN_MAX_FRAME_SIZE_BYTES}, got ${maxFrameSize}.`,
      );
    }
    if (idleTimeOut !== undefined && idleTimeOut !== 0 && idleTimeOut < MIN_IDLE_TIMEOUT_MS) {
      throw new ViolationError(
        INVALID_FIELD,
        `idle-time-out must be at least ${MIN_IDLE_TIMEOUT_MS} ms, got ${idleTimeOut}.`,
      );
    }
    this.peerMaxFrameSize = maxFrameSize ?? MAX_FRAME_SIZE_BYTES;
    if (hostname !== undefined && hostname !== "") this.hostname = hostname;
    if (idleTimeOut !== undefined && idleTimeOut !== 0) {
      // Silence lasts for two of these at most.
      this.#heartbeat = setInterval(
        () => {
          if (!this.#wrote) this.send(EMPTY_FRAME);
          this.#wrote = false;
        },
        Math.min(idleTimeOut / 3, 60_000),
      );
    }
    this.#idleCheck = setInterval(() => {
      // What is not read cannot be heard.
      if (this.#heard || this.#socket.isPaused()) this.#quietChecks = 0;
      else this.#quietChecks += 1;
      this.#heard = false;
      if (this.#quietChecks < 2) return;
      const description = `Nothing was heard from the client for ${2 * idleTimeoutMs} ms.`;
      this.#fail({ condition: CONNECTION_FORCED, description });
    }, idleTimeoutMs);
  }

  #onBegin(channel: number, begin: Begin): void {
    if (channel > CHANNEL_MAX) throw new ViolationError(FRAMING_ERROR, `Channel ${channel} is above ${CHANNEL_MAX}.`);
    if (this.#sessions.has(channel)) throw new ViolationError(NOT_ALLOWED, `Channel ${channel} has a session.`);
    if (begin.remoteChannel !== undefined) {
      throw new ViolationError(NOT_ALLOWED, "This server begins no sessions of its own that could be answered.");
    }
    this.#sessions.set(channel, new Session(this, channel, begin));
    this.send(
      beginFrame(channel, {
        remoteChannel: channel,
        incomingWindow: INCOMING_WINDOW,
        outgoingWindow: OUTGOING_WINDOW,
        handleMax: HANDLE_MAX,
      }),
    );
  }

  #session(channel: number): Session {
    const session = this.#sessions.get(channel);
    if (session === undefined) throw new ViolationError(NOT_ALLOWED, `Channel ${channel} has no session.`);
    return session;
  }

  #failWith(error: unknown): void {
    if (error instanceof ViolationError) {
      this.#fail({ condition: error.condition, description: error.message });
    } else if (error instanceof DecodeError) {
      this.#fail({ condition: DECODE_ERROR, description: `Not AMQP: ${error.message}.` });
    } else {
      this.host.log.error({ err: error }, "an AMQP connection failed");
      this.#fail({ condition: INTERNAL_ERROR, description: "The emulator failed; its log says why." });
    }
  }

  /** Closes, with or without a reason. */
  #fail(refusal: Refusal | undefined): void {
    if (this.#ended) return;
    if (refusal !== undefined) this.host.log.info({ ...refusal }, "AMQP connection closed");
    // Before the open is answered there is nothing that a close could be about.
    if (this.#opened) this.send(closeFrame(refusal));
    // A client that is told to go hangs up by itself, and would take a connection that is gone for a failure of the network.
    this.#end(this.#opened && refusal !== undefined ? "when the peer does" : "now");
  }

  /** Writes what is to be written, reads no more, and hangs up. */
  #end(hangUp: "now" | "when the peer does"): void {
    if (this.#ended) return;
    this.#flush();
    this.#cleanUp();
    this.#socket.resume();
    if (hangUp === "now") this.#socket.end();
    this.#goodbye = setTimeout(() => {
      this.#socket.destroy();
    }, GOODBYE_MS);
  }

  #cleanUp(): void {
    this.#ended = true;
    this.#input = [];
    for (const timer of [this.#handshake, this.#idleCheck, this.#heartbeat]) clearTimeout(timer);
    if (this.#socket.destroyed) clearTimeout(this.#goodbye);
    this.#output = [];
    this.#disposition = undefined;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) session.ended();
    this.host.closed(this);
  }

  #push(bytes: Buffer): void {
    this.#output.push(bytes);
    this.#outputBytes += bytes.length;
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
    if (this.#ended) return;
    this.#writeDisposition();
    this.#flushScheduled = false;
    const [first] = this.#output;
    if (first === undefined) return;
    const bytes = this.#output.length === 1 ? first : Buffer.concat(this.#output, this.#outputBytes);
    const heldBack = this.#unsentBytes() >= DELIVERY_BACKLOG_BYTES;
    this.#output = [];
    this.#outputBytes = 0;
    this.#wrote = true;
    this.#socket.write(bytes);
    this.#throttle();
    // A write that the kernel takes whole at once brings no "drain". Not in this turn: a fast reader must not keep others from theirs.
    if (heldBack && this.takesDeliveries) setImmediate(this.#resumeDeliveries);
  };

  /** Sends what waited until the peer had taken more; after the end there are no sessions. */
  readonly #resumeDeliveries = (): void => {
    for (const session of this.#sessions.values()) session.resume();
  };

  #unsentBytes(): number {
    return this.#outputBytes + this.#socket.writableLength;
  }

  #throttle(): void {
    const pressed = this.#unansweredBytes > READ_BACKLOG_BYTES || this.#socket.writableLength > READ_BACKLOG_BYTES;
    if (pressed === this.#socket.isPaused() || this.#ended) return;
    if (pressed) this.#socket.pause();
    else this.#socket.resume();
  }
}
