import rhea from "rhea";
import frames from "rhea/lib/frames.js";
import {
  attachFrame,
  beginFrame,
  closeFrame,
  detachFrame,
  endFrame,
  openFrame,
} from "../../../src/servicebus-emulator/amqp/frames/controlFrames.ts";
import {
  dispositionFrame,
  flowFrame,
  transferFrames,
} from "../../../src/servicebus-emulator/amqp/frames/messageFrames.ts";
import type { Attach } from "../../../src/servicebus-emulator/amqp/frames/performatives.ts";
import { readFrame } from "../../../src/servicebus-emulator/amqp/frames/readFrame.ts";
import { ACCEPTED, readRequestedOutcome, REJECTED, rejected } from "../../../src/servicebus-emulator/amqp/outcomes.ts";

/* Against rhea's own codec, in both directions: what is written by hand must be read by it, and what it writes must be read by hand. */

const written = (performative: unknown, channel = 3): Buffer =>
  frames.write_frame(frames.amqp_frame(channel, performative));
const NUMBERS = [0, 1, 255, 256, 65_536, 0xffff_ffff];

describe("a performative has all its fields, which the Python SDK reads by their index", () => {
  const error = { condition: "a:b", description: "c" };
  const attach: Attach = {
    kind: "attach",
    name: "n",
    handle: 1,
    peerReceives: true,
    sndSettleMode: undefined,
    rcvSettleMode: undefined,
    source: undefined,
    target: undefined,
    coordinator: false,
    initialDeliveryCount: 0,
  };
  const session = { nextIncomingId: 1, incomingWindow: 2, nextOutgoingId: 3, outgoingWindow: 4 };
  const begin = { remoteChannel: 1, incomingWindow: 2, outgoingWindow: 3, handleMax: 4 };
  const transfer = { handle: 1, deliveryId: 2, tag: Buffer.alloc(16), settled: false };
  const disposition = { peerReceives: true, first: 1, last: 2 };
  it.each([
    ["open", 10, openFrame({ containerId: "c", channelMax: 1, idleTimeoutMs: 2 })],
    ["begin", 8, beginFrame(1, begin)],
    ["attach", 14, attachFrame(1, attach, 1_024, false)],
    ["a rejected attach", 14, attachFrame(1, attach, 1_024, true)],
    ["flow of a session", 11, flowFrame(1, session)],
    ["flow of a link", 11, flowFrame(1, session, { handle: 1, deliveryCount: 2, linkCredit: 3, drain: true })],
    ["transfer", 11, transferFrames(1, transfer, Buffer.of(1), 512)[0]],
    ["disposition", 6, dispositionFrame(1, disposition, ACCEPTED)],
    [
      "a long disposition",
      6,
      dispositionFrame(1, disposition, rejected({ condition: "a", description: "x".repeat(500) })),
    ],
    ["detach", 3, detachFrame(1, 2, true, error)],
    ["detach without an error", 3, detachFrame(1, 2, true)],
    ["end", 1, endFrame(1, error)],
    ["close", 1, closeFrame(error)],
  ])("%s: %d", (_name, count, frame = Buffer.alloc(0)) => {
    // Header, descriptor, then the list's constructor with its size and count.
    const isWide = frame[11] === 0xd0;
    expect(isWide ? frame.readUInt32BE(16) : frame[13]).toBe(count);
    expect(() => frames.read_frame(frame)).not.toThrow();
  });

  it("an error has three", () => {
    const { error: read } = frames.read_frame(closeFrame(error)).performative as { error: { value: unknown[] } };
    expect(read.value).toHaveLength(3);
  });
});

describe("what is written by hand", () => {
  it.each(NUMBERS)("a transfer with the number %d", (deliveryId) => {
    const payload = Buffer.from("payload");
    const fields = { handle: deliveryId, deliveryId, tag: Buffer.from("0123456789abcdef"), settled: deliveryId === 0 };
    const [frame = Buffer.alloc(0), ...more] = transferFrames(7, fields, payload, 65_536);
    expect(more).toEqual([]);
    const read = frames.read_frame(frame);
    expect(read).toMatchObject({ channel: 7, type: 0 });
    expect(read.payload).toEqual(payload);
    const {
      handle,
      delivery_id,
      delivery_tag,
      message_format,
      settled,
      more: goesOn,
    } = read.performative as Record<string, unknown>;
    expect({ handle, delivery_id, delivery_tag, message_format, settled, goesOn }).toEqual({
      handle: deliveryId,
      delivery_id: deliveryId,
      delivery_tag: fields.tag,
      message_format: 0,
      settled: deliveryId === 0,
      goesOn: false,
    });
  });

  it.each([1, 512, 513, 5_000])("a message of %d bytes in frames of at most 512", (size) => {
    const payload = Buffer.alloc(size, "abcdefg");
    const fields = { handle: 300, deliveryId: 70_000, tag: Buffer.alloc(16), settled: false };
    const parts = transferFrames(0, fields, payload, 512);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(512);
    const read = parts.map((frame) => frames.read_frame(frame));
    expect(Buffer.concat(read.map((one) => one.payload ?? Buffer.alloc(0)))).toEqual(payload);
    expect(read.map(({ performative }) => (performative as { more: boolean }).more)).toEqual(
      parts.map((_, index) => index < parts.length - 1),
    );
  });

  it.each([ACCEPTED, REJECTED, rejected({ condition: "a:b", description: "x".repeat(600) })])(
    "a disposition, %#",
    (state) => {
      const frame = dispositionFrame(2, { peerReceives: true, first: 7, last: 70_000 }, state);
      const read = frames.read_frame(frame).performative as Record<string, unknown>;
      expect([read.role, read.first, read.last, read.settled]).toEqual([false, 7, 70_000, true]);
      expect(readFrame(frame)).toEqual({
        channel: 2,
        performative: { kind: "disposition", peerReceives: false, first: 7, last: 70_000, settled: true, state },
      });
    },
  );

  it("flows of a session and of a link", () => {
    const session = { nextIncomingId: 1, incomingWindow: 5_000, nextOutgoingId: 0, outgoingWindow: 0x7fff_ffff };
    const alone = frames.read_frame(flowFrame(1, session)).performative as Record<string, unknown>;
    expect([alone.next_incoming_id, alone.incoming_window, alone.next_outgoing_id, alone.outgoing_window]).toEqual([
      1, 5_000, 0, 0x7fff_ffff,
    ]);
    expect(alone.handle).toBeNull();
    const link = flowFrame(1, session, { handle: 255, deliveryCount: 0xffff_ffff, linkCredit: 0, drain: true });
    const read = frames.read_frame(link).performative as Record<string, unknown>;
    expect([read.handle, read.delivery_count, read.link_credit, read.drain]).toEqual([255, 0xffff_ffff, 0, true]);
  });

  it("an attach with the same termini as it came with, or none", () => {
    const source = rhea.types.wrap_described(["orders", 2, "session-end", 0, false, null, null, { a: "b" }], 0x28);
    const frame = written(
      frames.attach({ name: "n", handle: 1, role: true, snd_settle_mode: 1, rcv_settle_mode: 0, source }),
    );
    const attach = readFrame(frame).performative as Attach;
    expect(attach).toMatchObject({
      name: "n",
      handle: 1,
      peerReceives: true,
      sndSettleMode: 1,
      rcvSettleMode: 0,
      source: { address: "orders", filterNames: ["a"] },
      target: undefined,
      coordinator: false,
    });
    const echoed = readFrame(attachFrame(3, attach, 9, false)).performative as Attach;
    expect({ ...echoed, source: echoed.source?.address }).toEqual({ ...attach, peerReceives: false, source: "orders" });
    expect(readFrame(attachFrame(3, attach, 9, true)).performative).toMatchObject({
      source: undefined,
      target: undefined,
    });
  });
});

describe("what rhea writes", () => {
  it("is read: open, begin, end, close", () => {
    expect(
      readFrame(written(frames.open({ container_id: "c", hostname: "h", max_frame_size: 700, idle_time_out: 5 }), 0)),
    ).toEqual({
      channel: 0,
      performative: { kind: "open", hostname: "h", maxFrameSize: 700, idleTimeoutMs: 5 },
    });
    expect(
      readFrame(written(frames.begin({ next_outgoing_id: 5, incoming_window: 6, outgoing_window: 7 }))).performative,
    ).toEqual({
      kind: "begin",
      remoteChannel: undefined,
      nextOutgoingId: 5,
      incomingWindow: 6,
    });
    expect(readFrame(written(frames.end({}))).performative).toEqual({ kind: "end", error: undefined });
    const error = { condition: "a:b", description: "why" };
    expect(readFrame(written(frames.close({ error }))).performative).toEqual({ kind: "close", error });
    expect(readFrame(written(frames.detach({ handle: 4, closed: true, error }))).performative).toEqual({
      kind: "detach",
      handle: 4,
      closed: true,
      error,
    });
  });

  it.each(NUMBERS)("is read: numbers as %d", (number) => {
    const flow = frames.flow({
      next_incoming_id: number,
      incoming_window: number,
      next_outgoing_id: 0,
      outgoing_window: 0,
      handle: number,
      delivery_count: number,
      link_credit: number,
    });
    expect(readFrame(written(flow)).performative).toMatchObject({
      nextIncomingId: number,
      incomingWindow: number,
      handle: number,
      deliveryCount: number,
      linkCredit: number,
      drain: false,
      echo: false,
    });
  });

  it("is read: a frame without a body, one with an extended header", () => {
    expect(readFrame(Buffer.of(0, 0, 0, 8, 2, 0, 0, 0)).performative).toEqual({ kind: "empty" });
    expect(readFrame(Buffer.of(0, 0, 0, 12, 3, 0, 0, 0, 9, 9, 9, 9)).performative).toEqual({ kind: "empty" });
  });
});

describe("an outcome", () => {
  const constructors = rhea.message as unknown as Record<string, (fields: object) => { described(): unknown }>;
  const state = (name: string, fields: object = {}): Buffer => {
    const frame = frames.disposition({
      role: true,
      first: 0,
      settled: false,
      state: constructors[name]?.(fields).described(),
    });
    const { performative } = readFrame(written(frame));
    if (performative.kind !== "disposition" || performative.state === undefined) throw new Error("no state");
    return performative.state;
  };

  it("is read, with what it changes as it is encoded, nulls left out", () => {
    expect(readRequestedOutcome(undefined)).toEqual({ kind: "none" });
    expect(readRequestedOutcome(state("accepted"))).toEqual({ kind: "accepted" });
    expect(readRequestedOutcome(state("released"))).toEqual({ kind: "released" });
    expect(readRequestedOutcome(state("received", { section_number: 0, section_offset: 0 }))).toEqual({ kind: "none" });
    expect(readRequestedOutcome(state("rejected"))).toEqual({ kind: "rejected", properties: new Map() });
    expect(
      readRequestedOutcome(
        state("modified", { undeliverable_here: true, message_annotations: { a: rhea.types.wrap_long(300), b: null } }),
      ),
    ).toEqual({
      kind: "modified",
      undeliverableHere: true,
      properties: new Map([["a", Buffer.from("81000000000000012c", "hex")]]),
    });
    const error = { condition: "com.microsoft:dead-letter", info: { DeadLetterReason: "r" } };
    expect(readRequestedOutcome(state("rejected", { error }))).toEqual({
      kind: "rejected",
      properties: new Map([["DeadLetterReason", Buffer.from("a10172", "hex")]]),
    });
  });

  it("keeps nothing of the frame that it came in", () => {
    const bytes = state("modified", { message_annotations: { a: "kept" } });
    const requested = readRequestedOutcome(bytes);
    bytes.fill(0);
    expect(requested).toMatchObject({ properties: new Map([["a", Buffer.from("a1046b657074", "hex")]]) });
  });
});
