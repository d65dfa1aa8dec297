import { NOT_ALLOWED, ViolationError, type AmqpError } from "./conditions.ts";
import type { IncomingDelivery, IncomingLink, SessionConnection } from "./contract.ts";
import type { LinkFlow } from "./frames/messageFrames.ts";
import type { Attach, Transfer } from "./frames/performatives.ts";
import { readRequestedOutcome, type EncodedOutcome } from "./outcomes.ts";
import { createPendingAnswers } from "./pendingAnswers.ts";
import { DecodeError } from "./values.ts";

/** Messages that a client may send over one link before it is granted more; half of them gone, it is. The connection bounds their bytes. */
const CREDIT = 1_000;

/** What this end uses of its session. */
interface SessionOfSender {
  readonly connection: SessionConnection;
  readonly links: IncomingLink["session"]["links"];
  sendFlow(link: LinkFlow): void;
  settleIncoming(deliveryId: number, outcome: EncodedOutcome): void;
  detach(handle: number, error: AmqpError | undefined): void;
}

/** The receiving end of a client's sender: puts messages together, grants credit, and answers. */
export class IncomingEnd implements IncomingLink {
  readonly role = "incoming";
  readonly session: SessionOfSender;
  readonly attach: Attach;
  onMessage: (delivery: IncomingDelivery) => void = () => undefined;

  readonly #endListeners: (() => void)[] = [];
  readonly #pending = createPendingAnswers();
  #open = true;
  #credit = 0;
  #deliveryCount: number;
  #partial: { readonly first: Transfer; readonly deliveryId: number; parts: Buffer[]; sizeBytes: number } | undefined;
  #partialBytes = 0;

  constructor(session: SessionOfSender, attach: Attach) {
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

  whenNonePending(listener: () => void): void {
    this.#pending.whenNone(listener);
  }

  opened(): void {
    this.#grant();
  }

  #grant(): void {
    this.#credit = CREDIT;
    this.session.sendFlow(this.flowFields());
  }

  flowFields(): LinkFlow {
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
      this.#pending.add();
      this.onMessage({
        id: deliveryId,
        settled: first.settled || transfer.settled,
        format: first.format,
        payload: parts.length > 1 ? Buffer.concat(parts) : payload,
        sizeBytes,
        transactional: readRequestedOutcome(first.state).kind === "transactional",
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
    if (!settled) this.session.settleIncoming(id, outcome);
    this.#pending.done();
  }

  close(error?: AmqpError): void {
    if (!this.#open) return;
    this.session.detach(this.attach.handle, error);
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
