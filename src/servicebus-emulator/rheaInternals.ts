import rhea, { type Connection, type Delivery, type Receiver, type Sender, type Session, type Typed } from "rhea";
import frames from "rhea/lib/frames.js";

/**
 * Everything that reaches behind rhea's typings is here, checked against rhea 3.0.5. rhea is made for clients; where a broker needs more,
 * this file changes single sessions and links, never the library: a client in the same process must not notice.
 */

interface InternalSession {
  readonly outgoing: {
    available(): number;
    transfer_window(): number;
    readonly next_delivery_id: number;
    readonly next_pending_delivery: number;
  };
  on_transfer(frame: { readonly performative: { message_format: number | null | undefined } }): void;
  on_flow(frame: unknown): void;
  output(frame: unknown): void;
}

interface InternalLink {
  readonly session: Session & InternalSession;
  readonly connection: Connection & { _register(): void };
  readonly local: { readonly attach: Record<string, unknown> };
  readonly remote: { readonly attach: Record<string, unknown> };
  readonly state: { readonly open_requests: number };
}

interface InternalSender extends InternalLink {
  credit: number;
  delivery_count: number;
  readonly _draining: boolean;
  readonly _drained: boolean;
  _get_drain(): boolean;
  set_drained(drained: boolean): void;
}

type Described = object;

/** An outcome as it goes on the wire. */
export type Outcome = Described;

type OutcomeConstructor = (fields?: object) => { described(): Described };

const { Writer } = rhea.types as unknown as {
  Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
};

const outcomes = rhea.message as unknown as Record<
  "accepted" | "rejected" | "released" | "modified",
  OutcomeConstructor
>;

export const accepted = (): Outcome => outcomes.accepted().described();
export const released = (): Outcome => outcomes.released().described();
export const modified = (): Outcome => outcomes.modified({}).described();
/** Without an error it confirms a dead-lettering; with one it refuses. */
export const rejected = (error?: { condition: string; description: string }): Outcome =>
  outcomes.rejected(error === undefined ? {} : { error }).described();

/** Has the session hand over every message as bytes. By itself rhea decodes those of format 0 and drops the bytes. */
export function deliverRawMessages(session: Session): void {
  const internal = session as unknown as InternalSession;
  const onTransfer = internal.on_transfer.bind(session);
  internal.on_transfer = (frame) => {
    // rhea leaves alone what has no format, which by AMQP means the same as 0.
    if (frame.performative.message_format === 0) frame.performative.message_format = null;
    onTransfer(frame);
  };
}

/** Calls `listener` after each flow frame of the session: the peer may take more now. */
export function onSessionFlow(session: Session, listener: () => void): void {
  const internal = session as unknown as InternalSession;
  const onFlow = internal.on_flow.bind(session);
  internal.on_flow = (frame) => {
    onFlow(frame);
    listener();
  };
}

/** Accepts a link as the peer wants it: same termini and settlement modes. The Go client checks them. */
export function echoAttach(link: Sender | Receiver, maxMessageSizeBytes: number): void {
  const { local, remote } = link as unknown as InternalLink;
  for (const terminus of ["source", "target"] as const) {
    const theirs = remote.attach[terminus] as { described?(): Described };
    // A terminus that is missing is a null of rhea's own.
    if (theirs.described !== undefined) local.attach[terminus] = theirs.described();
  }
  local.attach.snd_settle_mode = remote.attach.snd_settle_mode;
  local.attach.rcv_settle_mode = remote.attach.rcv_settle_mode;
  local.attach.max_message_size = maxMessageSizeBytes;
}

/**
 * Runs `send` once the link's attach is on its way: rhea writes a session's transfers before its links' attaches, and a peer that has
 * asked for both at once would get a message on a link that it does not know yet.
 */
export function afterAttach(link: Sender, send: () => void): void {
  if (isAttached(link)) send();
  else setImmediate(send);
}

function isAttached(link: Sender): boolean {
  return (link as unknown as InternalLink).state.open_requests === 0;
}

/**
 * Answers one delivery with one outcome, settled, in a frame of its own. `delivery.update` is no way to do it: rhea gathers the outcomes of
 * a tick and sends the first two with the first one's outcome (`write_dispositions` in lib/session.js). Marks the delivery as settled on both
 * sides too, since clients answer a settled disposition with none, and rhea would keep the delivery until its session is full.
 */
export function settle(delivery: Delivery, outcome: Outcome): void {
  const internal = delivery as { -readonly [Field in keyof Delivery]: Delivery[Field] };
  const link = delivery.link as unknown as InternalLink;
  if (!delivery.remote_settled && !link.session.is_closed()) {
    const role = delivery.link.is_receiver();
    link.session.output(
      frames.disposition({ role, first: delivery.id, last: delivery.id, settled: true, state: outcome }),
    );
  }
  internal.settled = true;
  internal.remote_settled = true;
  link.connection._register();
}

/** Annotations of `modified`, or the error's info of `rejected`, as encoded AMQP values; nulls are left out. */
export function propertiesOfOutcome(delivery: Delivery): Map<string, Buffer> {
  const state = delivery.remote_state as { value?: readonly (Typed | undefined)[] } | undefined;
  const properties = new Map<string, Buffer>();
  for (const field of state?.value ?? []) {
    const info = isMap(field) ? field : itemsOf(field).find(isMap);
    const entries = itemsOf(info);
    for (let index = 0; index + 1 < entries.length; index += 2) {
      const [key, value] = [entries[index], entries[index + 1]];
      if (key !== undefined && value !== undefined && value.type.name !== "Null") {
        properties.set(String(key.value), encode(value));
      }
    }
  }
  return properties;
}

/** A value of JavaScript's, or one that rhea wrapped, as AMQP bytes. */
export function encode(value: unknown): Buffer {
  const writer = new Writer();
  writer.write(rhea.types.wrap(value));
  return writer.toBuffer();
}

function isMap(value: Typed | undefined): value is Typed {
  return value instanceof Object && (value.type.name === "Map8" || value.type.name === "Map32");
}

function itemsOf(value: Typed | undefined): readonly Typed[] {
  const items: unknown = value?.value;
  return Array.isArray(items) ? (items as Typed[]) : [];
}

/** The sending end of a link, with an account of its credit: rhea counts a message only when its frame is written. */
export interface Outlet {
  /** How many messages can be handed over now: they have credit, and the session has room for them. */
  room(): number;
  send(payload: Buffer, tag: Buffer): void;
  /** Tells a peer that drains that there is no more; without a drain under way it does nothing. */
  finishDrain(): void;
}

export function createOutlet(sender: Sender): Outlet {
  const internal = sender as unknown as InternalSender;
  const { outgoing } = internal.session;
  let handedOver = 0;
  let drainFinished = true;

  const unsent = (): number => outgoing.next_delivery_id - outgoing.next_pending_delivery;

  // rhea's own takes a drain at credit 0 for none. What is still unsent has its credit and must keep it.
  internal._get_drain = () => {
    if (!internal._draining || !internal._drained || unsent() > 0) return false;
    internal.delivery_count += internal.credit;
    internal.credit = 0;
    handedOver = internal.delivery_count;
    drainFinished = true;
    return true;
  };
  sender.on("sender_flow", () => {
    drainFinished = false;
  });

  return {
    room: () => {
      if (!sender.is_open() || !isAttached(sender)) return 0;
      const credit = internal.credit + internal.delivery_count - handedOver;
      const room = Math.min(credit, outgoing.available(), outgoing.transfer_window() - unsent());
      // The window is not a number until the peer's first flow.
      return room > 0 ? room : 0;
    },
    send: (payload, tag) => {
      handedOver += 1;
      sender.send(payload, tag, 0);
    },
    finishDrain: () => {
      if (!internal._draining || drainFinished || !isAttached(sender)) return;
      sender.set_drained(true);
      internal.connection._register();
    },
  };
}
