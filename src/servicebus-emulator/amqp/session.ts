import {
  FRAMING_ERROR,
  HANDLE_IN_USE,
  NOT_ALLOWED,
  UNATTACHED_HANDLE,
  ViolationError,
  WINDOW_VIOLATION,
  type AmqpError,
} from "./conditions.ts";
import type { IncomingLink, OutgoingLink, SessionConnection } from "./contract.ts";
import { attachFrame, detachFrame } from "./frames/controlFrames.ts";
import { flowFrame, transferFrames, type LinkFlow } from "./frames/messageFrames.ts";
import type { Attach, Begin, Detach, Disposition, Flow, Transfer } from "./frames/performatives.ts";
import { IncomingEnd } from "./incomingLink.ts";
import { OutgoingEnd } from "./outgoingLink.ts";
import { readRequestedOutcome, type EncodedOutcome, type RequestedOutcome } from "./outcomes.ts";
import { whenNonePending } from "./pendingAnswers.ts";

/** Frames with messages that the peer may send before the window is opened anew; the service's own. */
export const INCOMING_WINDOW = 5_000;
export const OUTGOING_WINDOW = 0x7fff_ffff;

/** Links of a session by their handles from 0 on; the service's own. */
export const HANDLE_MAX = 255;

interface Unsettled {
  readonly link: OutgoingEnd;
  readonly lockToken: string;
  /** Whether the outcome that the peer requested is being carried out. */
  isRequested: boolean;
}

/** One session of a connection, on the channel that the peer chose. Numbers of frames and deliveries go round at 2^32. */
export class Session {
  readonly connection: SessionConnection;
  readonly channel: number;

  #nextIncomingId: number;
  #incomingLeft = INCOMING_WINDOW;
  #nextOutgoingId = 0;
  #peerWindow: number;
  #nextDeliveryId = 0;
  #ended = false;
  readonly #links = new Map<number, IncomingEnd | OutgoingEnd>();
  readonly #unsettled = new Map<number, Unsettled>();
  /** Frames of a message that the peer's window has no room for. */
  #waiting: Buffer[] = [];
  /** Messages that have a place kept. */
  #reserved = 0;

  constructor(connection: SessionConnection, channel: number, { nextOutgoingId, incomingWindow }: Begin) {
    this.connection = connection;
    this.channel = channel;
    this.#nextIncomingId = nextOutgoingId;
    this.#peerWindow = incomingWindow;
  }

  get links(): Iterable<IncomingLink | OutgoingLink> {
    return this.#links.values();
  }

  /** @throws {ViolationError} or {DecodeError}. */
  on(performative: Attach | Flow | Transfer | Disposition | Detach): void {
    switch (performative.kind) {
      case "attach":
        this.#onAttach(performative);
        return;
      case "flow":
        this.#onFlow(performative);
        return;
      case "transfer":
        this.#onTransfer(performative);
        return;
      case "disposition":
        this.#onDisposition(performative);
        return;
      case "detach":
        this.#onDetach(performative);
    }
  }

  /** Sends nothing more, answers what came before, and then calls `listener`: the peer ends the session. */
  finish(listener: () => void): void {
    this.stop();
    this.whenNonePending(() => {
      this.ended();
      listener();
    });
  }

  /** Its links take and send nothing more; what came before is still answered. */
  stop(): void {
    for (const link of this.#links.values()) link.gone();
  }

  /** The session is over: its links have ended. Locks stay until their time has come. */
  ended(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const link of this.#links.values()) link.gone();
    this.#links.clear();
    this.#unsettled.clear();
    this.#waiting = [];
  }

  /** @param listener called once everything that came over this session is answered. */
  whenNonePending(listener: () => void): void {
    whenNonePending([...this.#links.values()], listener);
  }

  /** The connection takes more again. */
  resume(): void {
    for (const link of this.#links.values()) {
      if (link.role === "outgoing" && link.isOpen) link.onFlow();
    }
  }

  #onAttach(attach: Attach): void {
    const { handle } = attach;
    if (handle > HANDLE_MAX) throw new ViolationError(FRAMING_ERROR, `Handle ${handle} is above ${HANDLE_MAX}.`);
    if (this.#links.has(handle)) throw new ViolationError(HANDLE_IN_USE, `Handle ${handle} has a link.`);
    // Always a link of its own: the same name may be attached once in each role, and again after a detach.
    const link = attach.peerReceives ? new OutgoingEnd(this, attach) : new IncomingEnd(this, attach);
    this.#links.set(handle, link);
    const { host } = this.connection;
    const error = host.attached(link);
    this.connection.send(attachFrame(this.channel, attach, host.maxMessageSizeBytes, error !== undefined));
    if (error === undefined) link.opened();
    else link.close(error);
  }

  #onDetach({ handle, closed }: Detach): void {
    const link = this.#link(handle);
    if (!link.isOpen) {
      this.#links.delete(handle);
      return;
    }
    link.gone();
    // What the client asked for before its close is answered before it: otherwise it takes what was done for failed.
    link.whenNonePending(() => {
      this.#links.delete(handle);
      if (!this.#ended) this.connection.send(detachFrame(this.channel, handle, closed));
    });
  }

  #onFlow({ nextIncomingId = 0, incomingWindow, handle, deliveryCount = 0, linkCredit, drain, echo }: Flow): void {
    const wasFull = this.#waiting.length > 0 || this.#peerWindow <= this.#reserved;
    this.#peerWindow = ((nextIncomingId - this.#nextOutgoingId) | 0) + incomingWindow;
    while (this.#peerWindow > 0) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      this.#sendNow(frame);
    }
    if (handle !== undefined) {
      const link = this.#link(handle);
      if (link.role === "outgoing" && link.isOpen) link.flow(deliveryCount, linkCredit ?? 0, drain);
      if (echo) this.sendFlow(link.isOpen ? link.flowFields() : undefined);
    } else if (echo) {
      this.sendFlow();
    }
    if (wasFull || handle === undefined) this.resume();
  }

  #onTransfer(transfer: Transfer): void {
    this.#nextIncomingId = (this.#nextIncomingId + 1) >>> 0;
    this.#incomingLeft -= 1;
    if (this.#incomingLeft < 0) throw new ViolationError(WINDOW_VIOLATION, "More transfers than the window allows.");
    if (this.#incomingLeft < INCOMING_WINDOW / 2) {
      this.#incomingLeft = INCOMING_WINDOW;
      this.sendFlow();
    }
    const link = this.#link(transfer.handle);
    if (link.role === "outgoing") throw new ViolationError(NOT_ALLOWED, "A transfer on a link that receives.");
    // Until the peer knows that a link is closed it may go on sending.
    if (link.isOpen) link.transfer(transfer);
  }

  #onDisposition({ peerReceives, first, last, settled, state }: Disposition): void {
    // What the emulator receives it settles itself, at once.
    if (!peerReceives || this.#unsettled.size === 0) return;
    const requested = readRequestedOutcome(state);
    const count = ((last - first) >>> 0) + 1;
    if (count <= this.#unsettled.size) {
      for (let index = 0; index < count; index += 1)
        this.#onRequestedOutcome((first + index) >>> 0, settled, requested);
    } else {
      // The range is the peer's word, and may be of 4,000,000,000.
      for (const id of [...this.#unsettled.keys()]) {
        if ((id - first) >>> 0 < count) this.#onRequestedOutcome(id, settled, requested);
      }
    }
  }

  #onRequestedOutcome(id: number, settled: boolean, requested: RequestedOutcome): void {
    const delivery = this.#unsettled.get(id);
    if (delivery === undefined) return;
    const { link, lockToken, isRequested } = delivery;
    if (settled) this.#unsettled.delete(id);
    if (isRequested || requested.kind === "none") return;
    delivery.isRequested = true;
    link.requestOutcome(id, lockToken, requested);
  }

  #link(handle: number): IncomingEnd | OutgoingEnd {
    const link = this.#links.get(handle);
    if (link === undefined) throw new ViolationError(UNATTACHED_HANDLE, `Handle ${handle} has no link.`);
    return link;
  }

  sendFlow(link?: LinkFlow): void {
    const session = {
      nextIncomingId: this.#nextIncomingId,
      incomingWindow: this.#incomingLeft,
      nextOutgoingId: this.#nextOutgoingId,
      outgoingWindow: OUTGOING_WINDOW,
    };
    this.connection.send(flowFrame(this.channel, session, link));
  }

  room(): number {
    return this.#waiting.length > 0 ? 0 : this.#peerWindow - this.#reserved;
  }

  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  reserve(count: 1 | -1): void {
    this.#reserved += count;
  }

  transfer(link: OutgoingEnd, payload: Buffer, tag: Buffer, lockToken: string): void {
    if (this.#ended) return;
    const deliveryId = this.#nextDeliveryId;
    this.#nextDeliveryId = (deliveryId + 1) >>> 0;
    if (!link.settles) this.#unsettled.set(deliveryId, { link, lockToken, isRequested: false });
    const fields = { handle: link.attach.handle, deliveryId, tag, settled: link.settles };
    for (const frame of transferFrames(this.channel, fields, payload, this.connection.peerMaxFrameSize)) {
      if (this.#peerWindow > 0 && this.#waiting.length === 0) this.#sendNow(frame);
      else this.#waiting.push(frame);
    }
  }

  #sendNow(frame: Buffer): void {
    this.#nextOutgoingId = (this.#nextOutgoingId + 1) >>> 0;
    this.#peerWindow -= 1;
    this.connection.send(frame);
  }

  settleOutgoing(deliveryId: number, outcome: EncodedOutcome): void {
    // A peer that settled when it asked waits for no answer.
    if (this.#unsettled.delete(deliveryId)) this.connection.settle(this.channel, true, deliveryId, outcome);
  }

  settleIncoming(deliveryId: number, outcome: EncodedOutcome): void {
    if (!this.#ended) this.connection.settle(this.channel, false, deliveryId, outcome);
  }

  /** Ends a link from this side; its handle is free once the peer has answered. */
  detach(handle: number, error: AmqpError | undefined): void {
    if (!this.#ended) this.connection.send(detachFrame(this.channel, handle, true, error));
  }

  forget(link: OutgoingEnd): void {
    for (const [id, delivery] of this.#unsettled) {
      if (delivery.link === link && !delivery.isRequested) this.#unsettled.delete(id);
    }
  }
}
