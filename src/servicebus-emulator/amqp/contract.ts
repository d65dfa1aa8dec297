import type { Logger } from "../../shared/logger.ts";
import type { AmqpError } from "./conditions.ts";
import type { Attach } from "./frames/performatives.ts";
import type { EncodedOutcome, RequestedOutcome } from "./outcomes.ts";

/** What connections, sessions and links know of each other, and who decides for them. */

/** Who decides for a connection. */
export interface ConnectionHost {
  readonly log: Logger;
  /** A connection on which nothing is heard for as long is ended. */
  readonly idleTimeoutMs: number;
  /** How long a connection may take until it is open. */
  readonly handshakeTimeoutMs: number;
  readonly maxMessageSizeBytes: number;
  /** Takes a key that was given by SASL. False: there is none like it. */
  authenticate(connection: ConnectionHandle, keyName: string, key: string): boolean;
  /** Prepares a link that the peer opens; what it returns closes the link again. */
  attached(link: IncomingLink | OutgoingLink): AmqpError | undefined;
  closed(connection: ConnectionHandle): void;
}

/** A connection, for those who answer its links. */
export interface ConnectionHandle {
  readonly host: ConnectionHost;
  /** Name by which the client called the server, for messages about its resources. */
  readonly hostname: string;
}

/** A connection, for its sessions and their links. */
export interface SessionConnection extends ConnectionHandle {
  /** The largest frame that the peer takes, in bytes. */
  readonly peerMaxFrameSize: number;
  /** Whether the peer takes what it is sent fast enough to be sent more. When it does again, its sessions are resumed. */
  readonly takesDeliveries: boolean;
  send(frame: Buffer): void;
  /** Settles a delivery of ours (`peerReceives`) or of the peer's. */
  settle(channel: number, peerReceives: boolean, id: number, outcome: EncodedOutcome): void;
  /** Counts the bytes of messages that are not answered yet. Many of them, and no more are read. */
  hold(bytes: number): void;
  release(bytes: number): void;
  /** Counts the bytes of messages of which the rest has not come yet. @throws {ViolationError} */
  holdPartial(bytes: number): void;
}

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
  readonly session: { readonly connection: ConnectionHandle; readonly links: Iterable<IncomingLink | OutgoingLink> };
  readonly attach: Attach;
  readonly isOpen: boolean;
  /** Ends the link; without an error it was its time. */
  close(error?: AmqpError): void;
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
  /** Keeps one message's place for later; {@link free} makes it available again, at the latest before it is sent. */
  reserve(): void;
  free(): void;
  /** @param lockToken kept with the message until it is settled. */
  send(payload: Buffer, tag: Buffer, lockToken: string): void;
  /** More may be sent than before, or a drain waits for its answer. */
  onFlow: () => void;
  /** The peer says what is to become of a message. {@link settle} must be called once for it. */
  onRequestedOutcome: (deliveryId: number, lockToken: string, requested: RequestedOutcome) => void;
  settle(deliveryId: number, outcome: EncodedOutcome): void;
  /** Tells a peer that drains that there is no more; without a drain under way it does nothing. */
  finishDrain(): void;
}
