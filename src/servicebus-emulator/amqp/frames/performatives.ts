/**
 * Frames as they are read.
 * See {@link https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html | AMQP 1.0, part 2}.
 */

export const HEADER_BYTES = 8;
export const AMQP_FRAME = 0;
export const SASL_FRAME = 1;

/** The largest frame that is taken, in bytes; Service Bus's own. */
export const MAX_FRAME_SIZE_BYTES = 65_536;

/** The smallest maximum that a peer may ask for, in bytes. */
export const MIN_MAX_FRAME_SIZE_BYTES = 512;

export interface Open {
  readonly kind: "open";
  readonly hostname: string | undefined;
  /** In bytes; undefined: no limit. */
  readonly maxFrameSize: number | undefined;
  /** Undefined or 0: none. */
  readonly idleTimeoutMs: number | undefined;
}

export interface Begin {
  readonly kind: "begin";
  readonly remoteChannel: number | undefined;
  readonly nextOutgoingId: number;
  readonly incomingWindow: number;
}

/** A source or target, as far as it is needed, and as it came, to be echoed. */
export interface Terminus {
  readonly address: string | undefined;
  /** Whether the server is to make a node and choose its address. */
  readonly dynamic: boolean;
  /** `move` or `copy`; of a source only. */
  readonly distributionMode: string | undefined;
  /** Of a source only. */
  readonly filterNames: readonly string[];
  readonly encoded: Buffer;
}

export interface Attach {
  readonly kind: "attach";
  readonly name: string;
  readonly handle: number;
  /** Whether the peer receives. */
  readonly peerReceives: boolean;
  readonly sndSettleMode: number | undefined;
  readonly rcvSettleMode: number | undefined;
  readonly source: Terminus | undefined;
  readonly target: Terminus | undefined;
  /** Whether the target is a transactions coordinator. */
  readonly coordinator: boolean;
  readonly initialDeliveryCount: number;
}

export interface Flow {
  readonly kind: "flow";
  readonly nextIncomingId: number | undefined;
  readonly incomingWindow: number;
  readonly handle: number | undefined;
  readonly deliveryCount: number | undefined;
  readonly linkCredit: number | undefined;
  readonly drain: boolean;
  readonly echo: boolean;
}

export interface Transfer {
  readonly kind: "transfer";
  readonly handle: number;
  readonly deliveryId: number | undefined;
  readonly format: number;
  readonly settled: boolean;
  readonly more: boolean;
  readonly aborted: boolean;
  /** Encoded; it is there in a transaction only. */
  readonly state: Buffer | undefined;
  readonly payload: Buffer;
}

export interface Disposition {
  readonly kind: "disposition";
  /** Whether it is about deliveries that the peer receives. */
  readonly peerReceives: boolean;
  readonly first: number;
  readonly last: number;
  readonly settled: boolean;
  /** Encoded. */
  readonly state: Buffer | undefined;
}

export interface Detach {
  readonly kind: "detach";
  readonly handle: number;
  readonly closed: boolean;
  readonly error: unknown;
}

export interface EndOrClose {
  readonly kind: "end" | "close";
  readonly error: unknown;
}

export interface SaslInit {
  readonly kind: "sasl-init";
  readonly mechanism: string;
  readonly initialResponse: Buffer | undefined;
}

/** A frame without a body keeps the connection alive. */
export type Performative =
  Open | Begin | Attach | Flow | Transfer | Disposition | Detach | EndOrClose | SaslInit | { readonly kind: "empty" };

export interface Frame {
  readonly channel: number;
  readonly performative: Performative;
}
