import { writeLockToken } from "../model/lockTokens.ts";
import type { StoredMessage } from "../model/storedMessage.ts";
import { symbol } from "./encoding.ts";
import { SCHEDULED_ENQUEUE_TIME } from "./incoming.ts";
import { DELIVERY_ANNOTATIONS, HEADER, MESSAGE_ANNOTATIONS, sectionAt, textOf, walkItems } from "./sections.ts";

/** Annotations that only the broker sets. What a sender wrote there is dropped. */
const BROKER_ANNOTATIONS = new Set([
  "x-opt-locked-until",
  "x-opt-sequence-number",
  "x-opt-enqueued-time",
  "x-opt-deadletter-source",
  "x-opt-message-state",
  "x-opt-enqueue-sequence-number",
]);

/** Delivery annotation that only the broker sets. */
const LOCK_TOKEN = "x-opt-lock-token";

const KEYS = {
  sequenceNumber: symbol("x-opt-sequence-number"),
  enqueuedTime: symbol("x-opt-enqueued-time"),
  lockedUntil: symbol("x-opt-locked-until"),
  deadLetterSource: symbol("x-opt-deadletter-source"),
  messageState: symbol("x-opt-message-state"),
  lockToken: symbol(LOCK_TOKEN),
};

/** The states as they are told in an annotation; an active message carries none. */
const STATE_CODES = { active: 0, deferred: 1, scheduled: 2 } as const satisfies Record<StoredMessage["state"], number>;

const LONG = 0x81;
const TIMESTAMP = 0x83;
const UINT = 0x70;
const INT = 0x54;
const UUID = 0x98;
const NULL = 0x40;

/** The longest time to live that a header can say: 49.7 days. */
const LONGEST_TIME_TO_LIVE_MS = 0xffff_ffff;

/** False. */
const NOT_FIRST_ACQUIRER = 0x42;

/** Room for the broker's own annotations, apart from the name of a queue. */
const OWN_BYTES = 256;

/** How a message goes out: under a lock, for good, or only to be looked at. */
export type Delivery = { readonly lockToken: string; readonly lockedUntilMs: number } | "deleted" | "peeked";

/** A message as it goes out: header and annotations written, the bare message untouched. What a sender annotated is kept. */
export function deliverable(message: StoredMessage, delivery: Delivery): Buffer {
  const { stored, deliveryCount, sequenceNumber, enqueuedAtMs, expiresAtMs, deadLetterSource } = message;
  const lock = typeof delivery === "object" ? delivery : undefined;
  // Only the sections before the bare message are looked at; all of it was checked when it came.
  const headerFields: [number, number][] = [];
  const kept: [number, number][] = [];
  const keptForDelivery: [number, number][] = [];
  let keptBytes = 0;
  const sender = { scheduled: false };
  let bare = 0;
  while (bare < stored.length) {
    const section = sectionAt(stored, bare);
    if (section.code > MESSAGE_ANNOTATIONS) break;
    if (section.code === HEADER) {
      walkItems(stored, section.valueStart, (start, end, index) => {
        if (index < 3) headerFields.push([start, end]);
      });
    } else if (section.code === MESSAGE_ANNOTATIONS) {
      let drop = false;
      walkItems(stored, section.valueStart, (start, end, index) => {
        if (index % 2 === 0) {
          const key = textOf(stored.subarray(start, end));
          drop = BROKER_ANNOTATIONS.has(key);
          sender.scheduled ||= key === SCHEDULED_ENQUEUE_TIME;
        }
        if (drop) return;
        kept.push([start, end]);
        keptBytes += end - start;
      });
    } else {
      let drop = false;
      walkItems(stored, section.valueStart, (start, end, index) => {
        if (index % 2 === 0) drop = textOf(stored.subarray(start, end)) === LOCK_TOKEN;
        if (drop) return;
        keptForDelivery.push([start, end]);
        keptBytes += end - start;
      });
    }
    bare = section.end;
  }

  // As on Azure: one that was scheduled says so to who receives it.
  const state = sender.scheduled && delivery !== "peeked" && message.state === "active" ? "scheduled" : message.state;
  const source = deadLetterSource === undefined ? undefined : Buffer.from(deadLetterSource);
  const room = OWN_BYTES + 3 * 9 + keptBytes + (source?.length ?? 0);
  const out = Buffer.allocUnsafe(room + stored.length - bare);
  let at = 0;

  const described = (code: number, constructor: number): number => {
    out[at] = 0x00;
    out[at + 1] = 0x53;
    out[at + 2] = code;
    out[at + 3] = constructor;
    at += 8;
    return at - 4;
  };
  const int64 = (constructor: number, value: number): void => {
    out[at] = constructor;
    // Two halves: a BigInt for each message would be garbage.
    at = out.writeInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
    at = out.writeUInt32BE(value >>> 0, at);
  };
  const byte = (value: number): void => {
    out[at] = value;
    at += 1;
  };
  const copy = (bytes: Buffer, start = 0, end = bytes.length): void => {
    at += bytes.copy(out, at, start, end);
  };

  /** The one that holds: the queue's bounds the sender's, and a dead letter has none. */
  const timeToLive = (): void => {
    if (expiresAtMs === undefined) {
      byte(NULL);
      return;
    }
    byte(UINT);
    at = out.writeUInt32BE(Math.min(Math.max(expiresAtMs - enqueuedAtMs, 0), LONGEST_TIME_TO_LIVE_MS), at);
  };

  const headerSizeAt = described(HEADER, 0xd0);
  at = out.writeUInt32BE(5, at);
  for (let index = 0; index < 3; index += 1) {
    const field = headerFields[index];
    if (index === 2 && message.state !== "scheduled") timeToLive();
    else if (field === undefined) byte(NULL);
    else copy(stored, field[0], field[1]);
  }
  byte(NOT_FIRST_ACQUIRER);
  byte(UINT);
  at = out.writeUInt32BE(deliveryCount, at);
  out.writeUInt32BE(at - headerSizeAt - 4, headerSizeAt);

  if (lock !== undefined || keptForDelivery.length > 0) {
    const sizeAt = described(DELIVERY_ANNOTATIONS, 0xd1);
    at = out.writeUInt32BE(keptForDelivery.length + (lock === undefined ? 0 : 2), at);
    for (const [start, end] of keptForDelivery) copy(stored, start, end);
    if (lock !== undefined) {
      copy(KEYS.lockToken);
      byte(UUID);
      at = writeLockToken(out, at, lock.lockToken);
    }
    out.writeUInt32BE(at - sizeAt - 4, sizeAt);
  }

  const annotationsSizeAt = described(MESSAGE_ANNOTATIONS, 0xd1);
  const countAt = at;
  at += 4;
  let items = kept.length + 4;
  for (const [start, end] of kept) copy(stored, start, end);
  copy(KEYS.sequenceNumber);
  int64(LONG, sequenceNumber);
  copy(KEYS.enqueuedTime);
  int64(TIMESTAMP, enqueuedAtMs);
  if (lock !== undefined) {
    copy(KEYS.lockedUntil);
    int64(TIMESTAMP, lock.lockedUntilMs);
    items += 2;
  }
  if (source !== undefined) {
    copy(KEYS.deadLetterSource);
    byte(0xb1);
    at = out.writeUInt32BE(source.length, at);
    copy(source);
    items += 2;
  }
  if (state !== "active") {
    copy(KEYS.messageState);
    byte(INT);
    byte(STATE_CODES[state]);
    items += 2;
  }
  out.writeUInt32BE(items, countAt);
  out.writeUInt32BE(at - annotationsSizeAt - 4, annotationsSizeAt);

  copy(stored, bare);
  return out.subarray(0, at);
}
