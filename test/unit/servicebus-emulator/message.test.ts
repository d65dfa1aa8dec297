import rhea from "rhea";
import {
  deadLetterProperties,
  withApplicationProperties,
} from "../../../src/servicebus-emulator/message/applicationProperties.ts";
import { messagesOfBatch } from "../../../src/servicebus-emulator/message/batch.ts";
import { text } from "../../../src/servicebus-emulator/message/encoding.ts";
import { incoming } from "../../../src/servicebus-emulator/message/incoming.ts";
import { MalformedMessageError, splitSections } from "../../../src/servicebus-emulator/message/sections.ts";

const { types } = rhea;

function encode(message: Record<string, unknown>): Buffer {
  return rhea.message.encode({ body: rhea.message.data_section(Buffer.from("body")) as unknown, ...message });
}

function decode(raw: Buffer): Record<string, unknown> {
  return rhea.message.decode(raw);
}

const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(" ", ""), "hex");

const NO_LIFETIME = { timeToLiveMs: undefined, absoluteExpiryMs: undefined };
describe("splitSections", () => {
  it("finds every section, whatever form its descriptor has", () => {
    const raw = hex(
      "00 53 70 45 | 00 80 0000000000000073 45 | 00 a3 10 616d71703a646174613a62696e617279 a0 01 ff".replaceAll(
        "|",
        "",
      ),
    );
    expect(splitSections(raw).map(({ code, start, end }) => [code, start, end])).toEqual([
      [0x70, 0, 4],
      [0x73, 4, 15],
      [0x75, 15, 37],
    ]);
  });

  it.each([
    ["nothing", "", /empty/],
    ["no descriptor", "45", /must start with 0x00, got 0x45 \(at byte 0\)/],
    ["an unknown section", "00 53 7f 45", /unknown section/],
    ["an unknown type", "00 53 75 30", /no AMQP type has the code 0x30/],
    ["a section twice", "00 53 73 45 00 53 73 45", /section 0x73 twice/],
    ["a value that is too short", "00 53 75 a0 05 00", /reaches beyond the message/],
    ["a size that is cut off", "00 53 75 b0 00 00", /size is missing/],
    ["a value that is missing", "00 53 75", /value is missing/],
    ["descriptors without end", "00".repeat(5_000), /nested too deep/],
  ])("refuses %s", (_, bytes, reason) => {
    expect(() => splitSections(hex(bytes))).toThrow(MalformedMessageError);
    expect(() => splitSections(hex(bytes))).toThrow(reason);
  });
});

describe("incoming", () => {
  it.each([
    ["delivery annotations last, as the Python SDK writes them", "00 53 77 40 00 53 71 c1 06 02 a3 01 64 54 01"],
    ["the footer before the body, as rhea does", "00 53 78 c1 06 02 a3 01 64 54 01 00 53 77 40"],
    ["several data sections around a header", "00 53 75 a0 01 01 00 53 70 45 00 53 75 a0 01 02"],
  ])("puts sections in order: %s", (_what, bytes) => {
    const { stored } = incoming(hex(bytes));
    const codes = splitSections(stored).map(({ code }) => code);
    expect(codes).toEqual([...codes].sort((a, b) => a - b));
    for (const { start, end } of splitSections(hex(bytes))) {
      expect(stored.includes(hex(bytes).subarray(start, end))).toBe(true);
    }
  });

  it("keeps a message with an id as it is", () => {
    const raw = encode({ message_id: "m" });
    expect(incoming(raw)).toEqual({ stored: raw, messageId: "m", lifetime: NO_LIFETIME, scheduledAtMs: undefined });
  });

  it.each([
    ["no properties at all", hex("00 53 75 a0 01 61"), {}],
    ["properties without an id", encode({ subject: "s", group_sequence: 3 }), { subject: "s", group_sequence: 3 }],
    ["an empty properties list", hex("00 53 70 45 00 53 73 45 00 53 75 a0 01 61"), {}],
    ["properties only", hex("00 53 73 45"), {}],
  ])("gives an id to a message with %s", (_, raw, rest) => {
    const decoded = decode(incoming(raw, () => "new-id").stored);
    expect(decoded).toMatchObject({ message_id: "new-id", ...rest });
    expect(decoded.body).toEqual(decode(raw).body);
  });

  it.each([
    ["properties that are a map", "00 53 73 c1 01 00 00 53 75 a0 00", /must be a list/],
    ["annotations that are a list", "00 53 72 45 00 53 75 a0 00", /must be a map/],
    ["a key without a value", "00 53 74 c1 03 01 a1 00 00 53 75 a0 00", /key without a value/],
    ["an item that leaves its list", "00 53 73 c0 03 01 a1 05 00 53 75 a0 05 0000000000", /beyond its list/],
    ["a list without a count", "00 53 73 c0 00 00 53 75 a0 00", /without a count/],
    ["data that is a string", "00 53 75 a1 00", /must be binary/],
  ])("refuses %s", (_, bytes, reason) => {
    expect(() => incoming(hex(bytes))).toThrow(MalformedMessageError);
    expect(() => incoming(hex(bytes))).toThrow(reason);
  });
});

describe("what the broker goes by", () => {
  it.each([
    ["a string", "m", "m"],
    ["a long string", "m".repeat(128), "m".repeat(128)],
    ["a number", types.wrap_ulong(7), "0x5307"],
    ["a uuid", types.wrap_uuid(Buffer.alloc(16, 7)), `0x98${"07".repeat(16)}`],
    ["bytes", types.wrap_binary(Buffer.of(1, 2)), "0xa0020102"],
  ])("is a message id that is %s", (_, message_id, expected) => {
    expect(incoming(encode({ message_id })).messageId).toBe(expected);
  });

  it.each([
    ["a list", types.wrap_list([1])],
    ["an int", types.wrap_int(7)],
    ["a symbol", types.wrap_symbol("m")],
  ])("is never a message id that is %s", (_, message_id) => {
    expect(() => incoming(encode({ message_id }))).toThrow(/must be a ulong, uuid, binary or string/);
  });

  it.each([
    [undefined, undefined],
    [0, undefined],
    [200, 200],
    [4_294_967_295, 4_294_967_295],
  ])("is a time to live of %p", (ttl, expected) => {
    expect(incoming(encode({ message_id: "m", ttl })).lifetime.timeToLiveMs).toBe(expected);
  });

  it.each([
    ["alone", undefined, { timeToLiveMs: undefined, absoluteExpiryMs: 2 ** 42 }],
    [
      "beside the longest time to live, which stands for more",
      0xffff_ffff,
      { timeToLiveMs: undefined, absoluteExpiryMs: 2 ** 42 },
    ],
    ["not beside a shorter time to live", 5_000, { timeToLiveMs: 5_000, absoluteExpiryMs: undefined }],
  ])("is an absolute expiry time %s", (_what, ttl, lifetime) => {
    const raw = encode({ message_id: "m", ttl, absolute_expiry_time: new Date(2 ** 42) });
    expect(incoming(raw).lifetime).toEqual(lifetime);
  });

  it.each([
    [5_000, 5_000],
    [-1, 0],
    [2 ** 60, Date.UTC(9999, 11, 31)],
  ])("is a time to enqueue of %p", (timeMs, expected) => {
    const message_annotations = { "x-opt-scheduled-enqueue-time": types.wrap_timestamp(timeMs) };
    expect(incoming(encode({ message_id: "m", message_annotations })).scheduledAtMs).toBe(expected);
  });

  it("is no annotation's value that reads like the key", () => {
    const message_annotations = { other: "x-opt-scheduled-enqueue-time", more: types.wrap_timestamp(1) };
    expect(incoming(encode({ message_id: "m", message_annotations })).scheduledAtMs).toBeUndefined();
  });
});

describe("withApplicationProperties", () => {
  it("sets, replaces and keeps", () => {
    const long = "x".repeat(300);
    const raw = encode({ message_id: "m", application_properties: { kept: types.wrap_long(1), changed: "old" } });
    const changed = withApplicationProperties(
      raw,
      new Map([
        ["changed", text("new")],
        ["added", text(long)],
      ]),
    );
    expect(decode(changed)).toMatchObject({
      message_id: "m",
      application_properties: { kept: 1, changed: "new", added: long },
    });
    expect(changed.includes(hex("a1 04 6b657074 55 01"))).toBe(true);
    expect(decode(changed).body).toEqual(decode(raw).body);
  });

  it("makes the section where there is none, before the body", () => {
    const changed = withApplicationProperties(incoming(hex("00 53 75 a0 01 61")).stored, new Map([["a", text("b")]]));
    expect(splitSections(changed).map(({ code }) => code)).toEqual([0x73, 0x74, 0x75]);
  });
});

describe("messagesOfBatch", () => {
  it("takes one message from each data section and ignores the envelope", () => {
    const messages = ["a", "b".repeat(300)].map((id) => encode({ message_id: id }));
    const envelope = rhea.message.encode({
      message_id: "of the envelope",
      body: rhea.message.data_sections(messages) as unknown,
    });
    expect(messagesOfBatch(envelope).map((raw) => decode(raw).message_id)).toEqual(["a", "b".repeat(300)]);
  });

  it("refuses a batch without a message", () => {
    expect(() => messagesOfBatch(hex("00 53 73 45"))).toThrow(/holds no message/);
  });
});

describe("deadLetterProperties", () => {
  it("names what is given, and nothing else", () => {
    expect([...deadLetterProperties("r", undefined).keys()]).toEqual(["DeadLetterReason"]);
    expect([...deadLetterProperties("r", "d").keys()]).toEqual(["DeadLetterReason", "DeadLetterErrorDescription"]);
  });
});
