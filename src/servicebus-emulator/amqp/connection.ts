import type { Socket } from "node:net";
import { connectionErrorFor } from "./amqpError.ts";
import { CONNECTION_FORCED, FRAMING_ERROR, NOT_ALLOWED, ViolationError, type AmqpError } from "./conditions.ts";
import type { ConnectionHost, SessionConnection } from "./contract.ts";
import {
  beginFrame,
  closeFrame,
  EMPTY_FRAME,
  endFrame,
  mechanismsFrame,
  openFrame,
  saslOutcomeFrame,
} from "./frames/controlFrames.ts";
import { MAX_FRAME_SIZE_BYTES, MIN_MAX_FRAME_SIZE_BYTES } from "./frames/performatives.ts";
import type { Begin, EndOrClose, Frame, Open, SaslInit } from "./frames/performatives.ts";
import { readFrame } from "./frames/readFrame.ts";
import { AMQP_HEADER, SASL_HEADER, validateOpen } from "./handshake.ts";
import { InputSplitter } from "./inputSplitter.ts";
import { keepAlive, type KeepAlive } from "./keepAlive.ts";
import { Outbox } from "./outbox.ts";
import type { EncodedOutcome } from "./outcomes.ts";
import { whenNonePending } from "./pendingAnswers.ts";
import { ReadThrottle } from "./readThrottle.ts";
import { judgeSasl, SASL_AUTH_FAILED, SASL_MECHANISMS, SASL_OK, WELCOME } from "./sasl.ts";
import { HANDLE_MAX, INCOMING_WINDOW, OUTGOING_WINDOW, Session } from "./session.ts";

/** Session numbers from 0 on; the service's own limit. */
const CHANNEL_MAX = 4_999;

/** How long the peer of an ended connection may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 1_000;

/**
 * The serving end of an AMQP connection, from the first byte on. What a peer does wrong ends its own connection, with an error that says what, and
 * nothing else.
 */
export class Connection implements SessionConnection {
  readonly host: ConnectionHost;
  hostname = "localhost";
  peerMaxFrameSize = MIN_MAX_FRAME_SIZE_BYTES;

  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #throttle: ReadThrottle;
  #expects: "header" | "sasl" | "amqp" = "header";
  #saslDone = false;
  #opened = false;
  /** Whether input is read no more: the connection failed or is closed, or the peer's close waits for answers. */
  #deaf = false;
  #ended = false;
  readonly #sessions = new Map<number, Session>();
  readonly #handshake: NodeJS.Timeout;
  #keepAlive: KeepAlive | undefined;
  #goodbye: NodeJS.Timeout | undefined;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.host = host;
    this.#throttle = new ReadThrottle(socket);
    this.#outbox = new Outbox(
      socket,
      () => {
        this.#throttle.update();
      },
      () => {
        for (const session of this.#sessions.values()) session.resume();
      },
    );
    const input = new InputSplitter({
      expects: () => (this.#deaf ? undefined : this.#expects === "header" ? "header" : "frame"),
      take: (part) => {
        if (this.#expects === "header") this.#onHeader(part);
        else this.#onFrame(readFrame(part));
      },
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#keepAlive?.heard();
      if (this.#deaf) return;
      try {
        input.read(chunk);
      } catch (error) {
        this.#fail(connectionErrorFor(error, host.log));
      }
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

  get takesDeliveries(): boolean {
    return this.#outbox.takesDeliveries;
  }

  send(frame: Buffer): void {
    this.#outbox.send(frame);
  }

  settle(channel: number, peerReceives: boolean, id: number, outcome: EncodedOutcome): void {
    this.#outbox.settle(channel, peerReceives, id, outcome);
  }

  hold(bytes: number): void {
    this.#throttle.hold(bytes);
  }

  release(bytes: number): void {
    this.#throttle.hold(-bytes);
  }

  holdPartial(bytes: number): void {
    this.#throttle.holdPartial(bytes);
  }

  /** Says goodbye, and ends the connection when the peer has answered, or after a second. */
  close(error: AmqpError): void {
    this.#fail(error);
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
        this.#session(channel).finish(() => {
          this.#sessions.delete(channel);
          this.send(endFrame(channel));
        });
        return;
      case "close":
        this.#onClose(performative);
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

  #onOpen(open: Open): void {
    if (this.#opened) throw new ViolationError(NOT_ALLOWED, "The connection is open already.");
    clearTimeout(this.#handshake);
    const { idleTimeoutMs } = this.host;
    this.send(openFrame({ containerId: "servicebus-emulator", channelMax: CHANNEL_MAX, idleTimeoutMs }));
    this.#opened = true;
    validateOpen(open);
    const { hostname, maxFrameSize, idleTimeoutMs: peerIdleTimeoutMs } = open;
    this.peerMaxFrameSize = maxFrameSize ?? MAX_FRAME_SIZE_BYTES;
    if (hostname !== undefined && hostname !== "") this.hostname = hostname;
    this.#keepAlive = keepAlive({
      peerIdleTimeoutMs,
      idleTimeoutMs,
      hasWritten: () => this.#outbox.takeHasWritten(),
      sendHeartbeat: () => {
        this.send(EMPTY_FRAME);
      },
      isPaused: () => this.#socket.isPaused(),
      onSilence: () => {
        // The service's words.
        const description = `The connection was inactive for more than the allowed ${idleTimeoutMs} milliseconds and is closed by container 'servicebus-emulator'.`;
        this.#fail({ condition: CONNECTION_FORCED, description });
      },
    });
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

  #onClose({ error }: EndOrClose): void {
    if (error !== undefined) this.host.log.debug({ error }, "a client closed");
    this.#deaf = true;
    const sessions = [...this.#sessions.values()];
    for (const session of sessions) session.stop();
    // What the client asked for before its close is answered before it.
    whenNonePending(sessions, () => {
      this.#fail(undefined);
    });
  }

  /** Closes, with or without a reason. */
  #fail(error: AmqpError | undefined): void {
    if (this.#ended) return;
    if (error !== undefined) this.host.log.info({ ...error }, "AMQP connection closed");
    // Before the open is answered there is nothing that a close could be about.
    if (this.#opened) this.send(closeFrame(error));
    // A client that is told to go hangs up by itself, and would take a connection that is gone for a failure of the network.
    this.#end(this.#opened && error !== undefined ? "when the peer does" : "now");
  }

  /** Writes what is to be written, reads no more, and hangs up. */
  #end(hangUp: "now" | "when the peer does"): void {
    if (this.#ended) return;
    this.#outbox.close();
    this.#cleanUp();
    this.#throttle.stop();
    if (hangUp === "now") this.#socket.end();
    this.#goodbye = setTimeout(() => {
      this.#socket.destroy();
    }, GOODBYE_MS);
  }

  #cleanUp(): void {
    this.#ended = true;
    this.#deaf = true;
    clearTimeout(this.#handshake);
    this.#keepAlive?.stop();
    if (this.#socket.destroyed) clearTimeout(this.#goodbye);
    this.#outbox.discard();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) session.ended();
    this.host.closed(this);
  }
}
