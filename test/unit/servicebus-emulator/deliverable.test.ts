import rhea from "rhea";
import { deliverable } from "../../../src/servicebus-emulator/message/deliverable.ts";
import { incoming } from "../../../src/servicebus-emulator/message/incoming.ts";
import { splitSections } from "../../../src/servicebus-emulator/message/sections.ts";

const { types } = rhea;

function encode(message: Record<string, unknown>): Buffer {
  return rhea.message.encode({ body: rhea.message.data_section(Buffer.from("body")) as unknown, ...message });
}

function decode(raw: Buffer): Record<string, unknown> {
  return rhea.message.decode(raw);
}

const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(" ", ""), "hex");

const LOCK = { lockToken: "00112233-4455-6677-8899-aabbccddeeff", lockedUntilMs: 61_000 };

const FIELDS = {
  deliveryCount: 2,
  sequenceNumber: 7,
  enqueuedAtMs: 1_000,
  expiresAtMs: 61_000,
  state: "active",
  deadLetterSource: undefined,
} as const;

describe("deliverable", () => {
  it("writes header and annotations, and leaves the bare message byte for byte", () => {
    const applicationProperties = {
      long: types.wrap_long(5),
      float: types.wrap_float(1.5),
      char: types.wrap_char(0x41),
      uuid: types.wrap_uuid(Buffer.alloc(16, 7)),
    };
    const raw = encode({
      durable: true,
      priority: 9,
      ttl: 60_000,
      delivery_count: 77,
      delivery_annotations: { hop: 1 },
      message_annotations: {
        "x-opt-partition-key": "p",
        "x-opt-sequence-number": types.wrap_long(999),
        "x-opt-locked-until": types.wrap_timestamp(1),
      },
      message_id: "m",
      application_properties: applicationProperties,
    });
    const bareStart = splitSections(raw).find(({ code }) => code === 0x73)?.start ?? 0;
    const delivered = deliverable({ ...FIELDS, stored: raw, deadLetterSource: "orders" }, LOCK);
    const deliveredBare = splitSections(delivered).find(({ code }) => code === 0x73)?.start ?? 0;
    expect(delivered.subarray(deliveredBare).equals(raw.subarray(bareStart))).toBe(true);
    expect(decode(delivered)).toMatchObject({
      durable: true,
      priority: 9,
      ttl: 60_000,
      delivery_count: 2,
      message_annotations: {
        "x-opt-partition-key": "p",
        "x-opt-sequence-number": 7,
        "x-opt-enqueued-time": new Date(1_000),
        "x-opt-locked-until": new Date(61_000),
        "x-opt-deadletter-source": "orders",
      },
    });
    expect(decode(delivered).first_acquirer).toBe(false);
    expect(decode(delivered).delivery_annotations).toMatchObject({
      "x-opt-lock-token": Buffer.from(LOCK.lockToken.replaceAll("-", ""), "hex"),
    });
  });

  it("types the annotations as the Go client insists: long and timestamp", () => {
    const delivered = deliverable({ ...FIELDS, stored: incoming(hex("00 53 75 a0 00")).stored }, LOCK);
    const typeAfter = (name: string): number | undefined => delivered[delivered.indexOf(name) + name.length];
    expect(typeAfter("x-opt-sequence-number")).toBe(0x81);
    expect(typeAfter("x-opt-enqueued-time")).toBe(0x83);
    expect(typeAfter("x-opt-locked-until")).toBe(0x83);
  });

  it("keeps the sender's delivery annotations, but for a lock token of its own", () => {
    const delivery_annotations = { kept: "yes", "x-opt-lock-token": "forged" };
    const stored = encode({ message_id: "m", delivery_annotations });
    expect(decode(deliverable({ ...FIELDS, stored }, "peeked")).delivery_annotations).toEqual({ kept: "yes" });
  });

  it.each([
    ["the one that holds", 31_000, 30_000],
    ["the longest that a header holds", 2 ** 50, 0xffff_ffff],
    ["none where it never expires", undefined, null],
  ])("shows as time to live %s", (_what, expiresAtMs, ttl) => {
    const stored = encode({ message_id: "m", ttl: 60_000 });
    expect(decode(deliverable({ ...FIELDS, stored, expiresAtMs }, LOCK)).ttl ?? null).toBe(ttl);
  });

  it("says of a message that was scheduled that it is, to who receives it", () => {
    const message_annotations = { "x-opt-scheduled-enqueue-time": types.wrap_timestamp(5) };
    const stored = encode({ message_id: "m", message_annotations });
    const stateOf = (delivery: Parameters<typeof deliverable>[1]): unknown =>
      (decode(deliverable({ ...FIELDS, stored }, delivery)).message_annotations as Record<string, unknown>)[
        "x-opt-message-state"
      ];
    expect([stateOf(LOCK), stateOf("deleted"), stateOf("peeked")]).toEqual([2, 2, undefined]);
  });

  it("leaves out the lock of a message that is only looked at, and counts from 0", () => {
    const { stored } = incoming(hex("00 53 75 a0 00"));
    const decoded = decode(deliverable({ ...FIELDS, stored, deliveryCount: 0 }, "peeked"));
    expect(decoded.message_annotations).not.toHaveProperty("x-opt-locked-until");
    expect(decoded.delivery_count).toBe(0);
  });

  it.each([
    ["deferred", 1],
    ["scheduled", 2],
  ] as const)("says of a message that it is %s", (state, code) => {
    const stored = encode({ message_id: "m", message_annotations: { "x-opt-message-state": types.wrap_int(7) } });
    const decoded = decode(deliverable({ ...FIELDS, stored, state }, "peeked"));
    expect(decoded.message_annotations).toHaveProperty("x-opt-message-state", code);
  });

  it("holds times far away and numbers over 32 bits", () => {
    const stored = encode({ message_id: "m" });
    const [sequenceNumber, enqueuedAtMs] = [2 ** 40 + 5, Date.UTC(9999, 11, 31)];
    const { message_annotations } = decode(deliverable({ ...FIELDS, stored, sequenceNumber, enqueuedAtMs }, LOCK));
    expect(message_annotations).toMatchObject({
      "x-opt-sequence-number": sequenceNumber,
      "x-opt-enqueued-time": new Date(enqueuedAtMs),
    });
  });

  it("grows to wide sizes where it must", () => {
    const annotations = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, index]));
    const decoded = decode(
      deliverable({ ...FIELDS, stored: encode({ message_id: "m", message_annotations: annotations }) }, LOCK),
    );
    expect(decoded.message_annotations).toMatchObject({ ...annotations, "x-opt-sequence-number": 7 });
  });
});
