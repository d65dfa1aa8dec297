import type { AmqpError } from "./conditions.ts";
import type { OutgoingLink, SessionConnection } from "./contract.ts";
import type { LinkFlow } from "./frames/messageFrames.ts";
import type { Attach } from "./frames/performatives.ts";
import type { EncodedOutcome, RequestedOutcome } from "./outcomes.ts";
import { createPendingAnswers } from "./pendingAnswers.ts";

const MAX_UINT = 0xffff_ffff;

/** What this end uses of its session. */
interface SessionOfReceiver {
  readonly connection: SessionConnection;
  readonly links: OutgoingLink["session"]["links"];
  /** How many messages the peer's window has room for, those with a place kept aside. */
  room(): number;
  /** Whether something that was sent is still here, for want of room in the peer's window. */
  readonly isBlocked: boolean;
  reserve(count: 1 | -1): void;
  transfer(link: OutgoingEnd, payload: Buffer, tag: Buffer, lockToken: string): void;
  settleOutgoing(deliveryId: number, outcome: EncodedOutcome): void;
  /** Forgets what was sent over a link and what the peer has not asked to settle; the locks stay. */
  forget(link: OutgoingEnd): void;
  sendFlow(link: LinkFlow): void;
  detach(handle: number, error: AmqpError | undefined): void;
}

/** The sending end of a client's receiver: spends the peer's credit, and answers what the peer wants settled. */
export class OutgoingEnd implements OutgoingLink {
  readonly role = "outgoing";
  readonly session: SessionOfReceiver;
  readonly attach: Attach;
  readonly settles: boolean;
  onFlow: () => void = () => undefined;
  onRequestedOutcome: OutgoingLink["onRequestedOutcome"] = (deliveryId) => {
    this.#pending.done();
    throw new Error(`nobody settles delivery ${deliveryId}`);
  };

  readonly #endListeners: (() => void)[] = [];
  readonly #pending = createPendingAnswers();
  #open = true;
  #credit = 0;
  #deliveryCount = 0;
  #reserved = 0;
  #draining = false;

  constructor(session: SessionOfReceiver, attach: Attach) {
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

  whenNonePending(listener: () => void): void {
    this.#pending.whenNone(listener);
  }

  opened(): void {
    // The peer gives credit first.
  }

  flowFields(): LinkFlow {
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

  requestOutcome(deliveryId: number, lockToken: string, requested: RequestedOutcome): void {
    this.#pending.add();
    this.onRequestedOutcome(deliveryId, lockToken, requested);
  }

  settle(deliveryId: number, outcome: EncodedOutcome): void {
    this.session.settleOutgoing(deliveryId, outcome);
    this.#pending.done();
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

  close(error?: AmqpError): void {
    if (!this.#open) return;
    this.session.detach(this.attach.handle, error);
    this.gone();
  }

  gone(): void {
    if (!this.#open) return;
    this.#open = false;
    this.session.forget(this);
    for (const listener of this.#endListeners) listener();
  }
}
