import { once } from "node:events";
import { connect, type Socket } from "node:net";
import frames from "rhea/lib/frames.js";
import rhea from "rhea";
import { eventually, KEYS, type KeyName } from "./testBus.ts";

/** A performative as rhea reads it. */
export type Performative = Record<string, unknown> & { readonly constructor: { toString(): string } };

/** AMQP frame by frame, right and wrong, without a client library's opinion. */
export interface RawSocket {
  /** Frames that came, as `open`, `begin`, …, with their fields. */
  readonly received: readonly { readonly kind: string; readonly fields: Performative; readonly payload: Buffer }[];
  readonly isClosed: boolean;
  send(...bytes: Buffer[]): void;
  /** A frame on a channel. */
  frame(performative: unknown, options?: { channel?: number; payload?: Buffer }): Buffer;
  /** SASL with a key, null for none, an open and a begin on channel 0. */
  begin(open?: Record<string, unknown>, begin?: Record<string, unknown>, key?: KeyName | null): Promise<void>;
  /** Attaches a link on channel 0; a name of its own by its handle. */
  attach(role: "sends" | "receives", address: string, handle: number, fields?: Record<string, unknown>): void;
  /** Gives a link on channel 0 credit, and the session a window, both from now on. */
  flow(handle: number, credit: number, fields?: Record<string, unknown>): void;
  /** Sends one message in one frame on channel 0. */
  transfer(handle: number, deliveryId: number, payload: Buffer, fields?: Record<string, unknown>): void;
  disposition(first: number, last: number, state: unknown, settled?: boolean): void;
  /** Frames of this kind that came. */
  all(kind: string): { readonly fields: Performative; readonly payload: Buffer }[];
  /** Waits for the first frame of this kind after `after` others of the kind. */
  next(kind: string, after?: number): Promise<Performative>;
  closed(): Promise<void>;
  /** Reads nothing more for a while. */
  pause(): void;
  resume(): void;
  end(): void;
}

export const AMQP_HEADER = Buffer.from("AMQP\x00\x01\x00\x00", "latin1");
export const SASL_HEADER = Buffer.from("AMQP\x03\x01\x00\x00", "latin1");

const HEADER_BYTES = 8;

export async function connectSocket(port: number): Promise<RawSocket> {
  const socket: Socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const received: { kind: string; fields: Performative; payload: Buffer }[] = [];
  let input = Buffer.alloc(0);
  let isClosed = false;
  socket.on("error", () => undefined);
  socket.on("close", () => (isClosed = true));
  socket.on("data", (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
      if (input.length >= HEADER_BYTES && input.toString("latin1", 0, 4) === "AMQP") {
        received.push({ kind: `header ${input[4] ?? "?"}`, fields: {}, payload: Buffer.alloc(0) });
        input = input.subarray(HEADER_BYTES);
        continue;
      }
      if (input.length < HEADER_BYTES || input.length < input.readUInt32BE(0)) return;
      const size = input.readUInt32BE(0);
      const { performative, payload = Buffer.alloc(0) } = frames.read_frame(input.subarray(0, size));
      const fields = performative as Performative | undefined;
      const kind = fields === undefined ? "empty" : String(fields.constructor).split("#", 1)[0];
      received.push({ kind: kind ?? "?", fields: fields ?? {}, payload });
      input = input.subarray(size);
      // As every client does.
      if (kind === "close") socket.end();
    }
  });

  const frame: RawSocket["frame"] = (performative, { channel = 0, payload } = {}) =>
    frames.write_frame({ ...(frames.amqp_frame(channel, performative) as object), payload });

  const next: RawSocket["next"] = (kind, after = 0) =>
    eventually(`a frame ${kind}, after ${after}`, () => received.filter((one) => one.kind === kind)[after]?.fields);

  return {
    received,
    get isClosed() {
      return isClosed;
    },
    send: (...bytes) => {
      socket.write(Buffer.concat(bytes));
    },
    frame,
    begin: async (open = {}, begin = {}, key = "all") => {
      socket.write(
        Buffer.concat([
          ...(key === null ? [] : [SASL_HEADER, plain(key)]),
          AMQP_HEADER,
          frame(frames.open({ container_id: "raw", ...open })),
          frame(frames.begin({ next_outgoing_id: 0, incoming_window: 1_000, outgoing_window: 1_000, ...begin })),
        ]),
      );
      await next("begin");
    },
    attach: (role, address, handle, fields = {}) => {
      const receives = role === "receives";
      const performative = frames.attach({
        name: `link-${handle}`,
        handle,
        role: receives,
        source: terminus(0x28, [receives ? address : "here"]),
        target: terminus(0x29, [receives ? "here" : address]),
        initial_delivery_count: receives ? undefined : 0,
        ...fields,
      });
      socket.write(frame(performative));
    },
    flow: (handle, credit, fields = {}) => {
      const came = received.filter(({ kind }) => kind === "transfer");
      const performative = frames.flow({
        next_incoming_id: came.length,
        incoming_window: 1_000,
        next_outgoing_id: 0,
        outgoing_window: 1_000,
        handle,
        delivery_count: came.filter(({ fields: transfer }) => transfer.handle === handle && transfer.more !== true)
          .length,
        link_credit: credit,
        ...fields,
      });
      socket.write(frame(performative));
    },
    transfer: (handle, deliveryId, payload, { state, ...fields } = {}) => {
      const performative = frames.transfer({
        handle,
        delivery_id: deliveryId,
        delivery_tag: Buffer.of(deliveryId),
        message_format: 0,
        ...fields,
      }) as { value: unknown[] };
      // rhea has no way to write this field.
      if (state !== undefined) performative.value[7] = state;
      socket.write(frame(performative, { payload }));
    },
    disposition: (first, last, state, settled = false) => {
      socket.write(frame(frames.disposition({ role: true, first, last, settled, state })));
    },
    all: (kind) => received.filter((one) => one.kind === kind),
    next,
    closed: () => eventually("the server hangs up", () => isClosed).then(() => undefined),
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    end: () => {
      socket.destroy();
    },
  };
}

/** A delivery state as rhea writes it. */
export function outcome(name: "accepted" | "released" | "rejected" | "modified", fields: object = {}): unknown {
  const outcomes = rhea.message as unknown as Record<typeof name, (fields: object) => { described(): unknown }>;
  return outcomes[name](fields).described();
}

/** A source (0x28) or target (0x29), its fields by their index. */
export function terminus(code: 0x28 | 0x29, fields: readonly unknown[]): unknown {
  return rhea.types.wrap_described([...fields], code);
}

function plain(keyName: KeyName): Buffer {
  const key = KEYS.find(({ name }) => name === keyName)?.key ?? "";
  const initial_response = Buffer.from(`\0${keyName}\0${key}`);
  return frames.write_frame(frames.sasl_frame(frames.sasl_init({ mechanism: "PLAIN", initial_response })));
}
