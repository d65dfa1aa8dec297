import {
  FRAMING_ERROR,
  HANDLE_IN_USE,
  NOT_ALLOWED,
  UNATTACHED_HANDLE,
  ViolationError,
  WINDOW_VIOLATION,
  type Refusal,
} from "./conditions.ts";
import type { Connection } from "./connection.ts";
import { attachFrame, detachFrame, flowFrame, transferFrames } from "./frames.ts";
import type { Attach, Begin, Detach, Disposition, Flow, Transfer } from "./frames.ts";
import { readWish, type EncodedOutcome, type Wish } from "./outcomes.ts";
import { DecodeError } from "./values.ts";

/** Frames with messages that the peer may send before the window is opened anew; the service's own. */
export const INCOMING_WINDOW = 5_000;
export const OUTGOING_WINDOW = 0x7fff_ffff;

/** Links of a session by their handles from 0 on; the service's own. */
export const HANDLE_MAX = 255;

/** Messages that a client may send over one link before it is granted more; half of them gone, it is. Bytes in hand are bounded by the connection. */
const CREDIT = 1_000;

const MAX_UINT = 0xffff_ffff;

/** A message that came whole. */
export interface IncomingDelivery {
  readonly id: number;
  /** Sent without wanting an answer. */
  readonly settled: boolean;
  readonly format: number;
  /** Empty when the message is larger than it may be. A part of a network buffer. */
  readonly payload: Buffer;
  readonly sizeBytes: number;
  /** Sent in a transaction. */
  readonly transactional: boolean;
}

/** What both ends of links share. */
interface LinkBase {
  readonly session: Session;
  readonly attach: Attach;
  readonly isOpen: boolean;
  /** Ends the link; without a reason it was its time. */
  close(refusal?: Refusal): void;
  /** @param listener called once, when the link has ended, whoever ended it. */
  whenEnded(listener: () => void): void;
}

/** A client's sender. */
export interface IncomingLink extends LinkBase {
  readonly role: "incoming";
  onMessage: (delivery: IncomingDelivery) => void;
  /** Must be called once for each message. The outcome of a message that was settled when it came goes nowhere. */
  answer(delivery: IncomingDelivery, outcome: EncodedOutcome): void;
}

/** A client's receiver. */
export interface OutgoingLink extends LinkBase {
  readonly role: "outgoing";
  /** Whether messages are sent settled, and so are gone: the mode receive-and-delete. */
  readonly settles: boolean;
  /** How many messages can be sent now: they have credit, the session has room, and the peer keeps up. */
  room(): number;
  /** Keeps one message's place for later; {@link free} gives it back, at the latest before it is sent. */
  reserve(): void;
  free(): void;
  /** @param lockToken kept with the message until it is settled. */
  send(payload: Buffer, tag: Buffer, lockToken: string): void;
  /** More may be sent than before, or a drain wants an answer. */
  onFlow: () => void;
  /** The peer says what is to become of a message. */
  onWish: (deliveryId: number, lockToken: string, wish: Wish) => void;
  settle(deliveryId: number, outcome: EncodedOutcome): void;
  /** Tells a peer that drains that there is no more; without a drain under way it does nothing. */
  finishDrain(): void;
}

interface Unsettled {
  readonly link: OutgoingEnd;
  readonly lockToken: string;
  /** Whether the peer's wish is being carried out. */
  wished: boolean;
}

/** One session of a connection, on the channel that the peer chose. Numbers of frames and deliveries go round at 2^32. */
export class Session {
  readonly connection: Connection;
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

  constructor(connection: Connection, channel: number, { nextOutgoingId, incomingWindow }: Begin) {
    this.connection = connection;
    this.channel = channel;
    this.#nextIncomingId = nextOutgoingId;
    this.#peerWindow = incomingWindow;
  }

  get links(): Iterable<IncomingLink | OutgoingLink> {
    return this.#links.values();
  }

  get isOpen(): boolean {
    return !this.#ended;
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

  /** The session is over: its links have ended. Locks stay until their time has come. */
  ended(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const link of this.#links.values()) link.gone();
    this.#links.clear();
    this.#unsettled.clear();
    this.#waiting = [];
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
    const refusal = host.attached(link);
    this.connection.send(attachFrame(this.channel, attach, host.maxMessageSizeBytes, refusal !== undefined));
    if (refusal === undefined) link.opened();
    else link.close(refusal);
  }

  #onDetach({ handle, closed }: Detach): void {
    const link = this.#link(handle);
    this.#links.delete(handle);
    const answer = link.isOpen;
    link.gone();
    if (answer) this.connection.send(detachFrame(this.channel, handle, closed));
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
    const wish = readWish(state);
    const count = ((last - first) >>> 0) + 1;
    if (count <= this.#unsettled.size) {
      for (let index = 0; index < count; index += 1) this.#onWish((first + index) >>> 0, settled, wish);
    } else {
      // The range is the peer's word, and may be of 4,000,000,000.
      for (const id of [...this.#unsettled.keys()]) {
        if ((id - first) >>> 0 < count) this.#onWish(id, settled, wish);
      }
    }
  }

  #onWish(id: number, settled: boolean, wish: Wish): void {
    const delivery = this.#unsettled.get(id);
    if (delivery === undefined) return;
    const { link, lockToken, wished } = delivery;
    if (settled) this.#unsettled.delete(id);
    if (wished || wish.kind === "none") return;
    delivery.wished = true;
    link.onWish(id, lockToken, wish);
  }

  #link(handle: number): IncomingEnd | OutgoingEnd {
    const link = this.#links.get(handle);
    if (link === undefined) throw new ViolationError(UNATTACHED_HANDLE, `Handle ${handle} has no link.`);
    return link;
  }

  sendFlow(link?: { handle: number; deliveryCount: number; linkCredit: number; drain: boolean }): void {
    const session = {
      nextIncomingId: this.#nextIncomingId,
      incomingWindow: this.#incomingLeft,
      nextOutgoingId: this.#nextOutgoingId,
      outgoingWindow: OUTGOING_WINDOW,
    };
    this.connection.send(flowFrame(this.channel, session, link));
  }

  /** How many messages the peer's window has room for, those with a place kept aside. */
  room(): number {
    return this.#waiting.length > 0 ? 0 : this.#peerWindow - this.#reserved;
  }

  /** Whether something that was sent is still here, for want of room in the peer's window. */
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
    if (!link.settles) this.#unsettled.set(deliveryId, { link, lockToken, wished: false });
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
    // A peer that settled with its wish waits for no answer.
    if (this.#unsettled.delete(deliveryId)) this.connection.settle(this.channel, true, deliveryId, outcome);
  }

  settleIncoming(deliveryId: number, outcome: EncodedOutcome): void {
    if (!this.#ended) this.connection.settle(this.channel, false, deliveryId, outcome);
  }

  /** Ends a link from this side; its handle is free once the peer has answered. */
  detach(handle: number, refusal: Refusal | undefined): void {
    if (!this.#ended) this.connection.send(detachFrame(this.channel, handle, true, refusal));
  }

  /** Forgets what was sent over a link; the locks stay. */
  forget(link: OutgoingEnd): void {
    for (const [id, delivery] of this.#unsettled) {
      if (delivery.link === link) this.#unsettled.delete(id);
    }
  }
}

class IncomingEnd implements IncomingLink {
  readonly role = "incoming";
  readonly session: Session;
  readonly attach: Attach;
  onMessage: (delivery: IncomingDelivery) => void = () => undefined;

  readonly #endListeners: (() => void)[] = [];
  #open = true;
  #credit = 0;
  #deliveryCount: number;
  #partial: { readonly first: Transfer; readonly deliveryId: number; parts: Buffer[]; sizeBytes: number } | undefined;
  #partialBytes = 0;

  constructor(session: Session, attach: Attach) {
    this.session = session;
    this.attach = attach;
    this.#deliveryCount = attach.initialDeliveryCount;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  whenEnded(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  opened(): void {
    this.#grant();
  }

  #grant(): void {
    this.#credit = CREDIT;
    this.session.sendFlow(this.flowFields());
  }

  flowFields(): { handle: number; deliveryCount: number; linkCredit: number; drain: boolean } {
    const { handle } = this.attach;
    return { handle, deliveryCount: this.#deliveryCount, linkCredit: this.#credit, drain: false };
  }

  transfer(transfer: Transfer): void {
    const { connection } = this.session;
    if (this.#partial === undefined) {
      const { deliveryId } = transfer;
      if (deliveryId === undefined) throw new DecodeError("the field delivery-id is missing");
      this.#partial = { first: transfer, deliveryId, parts: [], sizeBytes: 0 };
    }
    const partial = this.#partial;
    if (transfer.deliveryId !== undefined && transfer.deliveryId !== partial.deliveryId) {
      throw new ViolationError(
        NOT_ALLOWED,
        `Delivery ${transfer.deliveryId} starts before ${partial.deliveryId} ends.`,
      );
    }
    partial.sizeBytes += transfer.payload.length;
    // Of a message that is too large only the size is of interest.
    if (partial.sizeBytes > connection.host.maxMessageSizeBytes) {
      partial.parts = [];
      this.#holdPartial(0);
    } else {
      partial.parts.push(transfer.payload);
      if (transfer.more) this.#holdPartial(partial.sizeBytes);
    }
    if (transfer.more && !transfer.aborted) return;

    this.#partial = undefined;
    this.#holdPartial(0);
    this.#credit -= 1;
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    if (!transfer.aborted) {
      const { first, deliveryId, parts, sizeBytes } = partial;
      const [payload = Buffer.alloc(0)] = parts;
      connection.hold(sizeBytes);
      this.onMessage({
        id: deliveryId,
        settled: first.settled || transfer.settled,
        format: first.format,
        payload: parts.length > 1 ? Buffer.concat(parts) : payload,
        sizeBytes,
        transactional: readWish(first.state).kind === "transactional",
      });
    }
    if (this.#open && this.#credit < CREDIT / 2) this.#grant();
  }

  #holdPartial(bytes: number): void {
    const change = bytes - this.#partialBytes;
    this.#partialBytes = bytes;
    this.session.connection.holdPartial(change);
  }

  answer({ id, settled, sizeBytes }: IncomingDelivery, outcome: EncodedOutcome): void {
    this.session.connection.release(sizeBytes);
    if (!settled && this.#open) this.session.settleIncoming(id, outcome);
  }

  close(refusal?: Refusal): void {
    if (!this.#open) return;
    this.session.detach(this.attach.handle, refusal);
    this.gone();
  }

  gone(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#partial = undefined;
    this.#holdPartial(0);
    for (const listener of this.#endListeners) listener();
  }
}

class OutgoingEnd implements OutgoingLink {
  readonly role = "outgoing";
  readonly session: Session;
  readonly attach: Attach;
  readonly settles: boolean;
  onFlow: () => void = () => undefined;
  onWish: (deliveryId: number, lockToken: string, wish: Wish) => void = () => undefined;

  readonly #endListeners: (() => void)[] = [];
  #open = true;
  #credit = 0;
  #deliveryCount = 0;
  #reserved = 0;
  #draining = false;

  constructor(session: Session, attach: Attach) {
    this.session = session;
    this.attach = attach;
    this.settles = attach.sndSettleMode === 1;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  whenEnded(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  opened(): void {
    // The peer gives credit first.
  }

  flowFields(): { handle: number; deliveryCount: number; linkCredit: number; drain: boolean } {
    const { handle } = this.attach;
    return { handle, deliveryCount: this.#deliveryCount, linkCredit: this.#credit, drain: this.#draining };
  }

  flow(peerDeliveryCount: number, linkCredit: number, drain: boolean): void {
    // The peer may not have seen yet what is on its way to it.
    const credit = ((peerDeliveryCount - this.#deliveryCount) | 0) + linkCredit;
    this.#credit = Math.min(Math.max(credit, 0), MAX_UINT);
    this.#draining = drain;
    this.onFlow();
  }

  room(): number {
    if (!this.#open || !this.session.connection.takesDeliveries) return 0;
    return Math.min(this.#credit - this.#reserved, this.session.room());
  }

  reserve(): void {
    this.#reserved += 1;
    this.session.reserve(1);
  }

  free(): void {
    this.#reserved -= 1;
    this.session.reserve(-1);
  }

  send(payload: Buffer, tag: Buffer, lockToken: string): void {
    if (!this.#open) return;
    this.#credit -= 1;
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    this.session.transfer(this, payload, tag, lockToken);
  }

  settle(deliveryId: number, outcome: EncodedOutcome): void {
    this.session.settleOutgoing(deliveryId, outcome);
  }

  finishDrain(): void {
    if (!this.#draining || !this.#open || this.#reserved > 0 || this.session.isBlocked) return;
    // There may be more to send: the answer waits until the peer has taken what was sent.
    if (this.#credit > 0 && !this.session.connection.takesDeliveries) return;
    this.#deliveryCount = (this.#deliveryCount + Math.max(this.#credit, 0)) >>> 0;
    this.#credit = 0;
    this.session.sendFlow(this.flowFields());
    this.#draining = false;
  }

  close(refusal?: Refusal): void {
    if (!this.#open) return;
    this.session.detach(this.attach.handle, refusal);
    this.gone();
  }

  gone(): void {
    if (!this.#open) return;
    this.#open = false;
    this.session.forget(this);
    for (const listener of this.#endListeners) listener();
  }
}
