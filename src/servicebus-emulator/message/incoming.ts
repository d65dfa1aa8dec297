import { randomUUID } from "node:crypto";
import { list, section, text } from "./encoding.ts";
import {
  checkShape,
  HEADER,
  inOrder,
  itemAt,
  MalformedMessageError,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
  skipValue,
  splitSections,
  textOf,
  walkItems,
  type Section,
} from "./sections.ts";

/** Largest message or batch, in bytes: what a premium namespace takes by default. */
export const MAX_MESSAGE_SIZE_BYTES = 1024 * 1024;

/** How long a sender lets a message live. */
export interface Lifetime {
  /** The header's; undefined when it has none. */
  readonly timeToLiveMs: number | undefined;
  /** By the properties, in milliseconds since 1970; undefined when they have none. */
  readonly absoluteExpiryMs: number | undefined;
}

/** A message as it came from a sender: checked, and ready to be stored. */
export interface IncomingMessage {
  /** As AMQP bytes, with a message id. May be a part of a network buffer: to be kept, it must be copied. */
  readonly stored: Buffer;
  /** The message id, as text whatever its AMQP type. */
  readonly messageId: string;
  readonly lifetime: Lifetime;
  /** When it is to be enqueued; undefined: now. */
  readonly scheduledAtMs: number | undefined;
}

/** Positions in the header's list and in the properties'. */
const TIME_TO_LIVE = 2;
const MESSAGE_ID = 0;
const ABSOLUTE_EXPIRY_TIME = 8;

/** The longest that a header can say: 49.7 days. */
const LONGEST_TIME_TO_LIVE_MS = 0xffff_ffff;

/** Annotation by which a sender says when a message is to be enqueued. */
export const SCHEDULED_ENQUEUE_TIME = "x-opt-scheduled-enqueue-time";

/** The end of the year 9999, the latest that Service Bus knows, in milliseconds since 1970. */
const LATEST_TIME_MS = Date.UTC(9999, 11, 31);

/**
 * Checks a message and reads what the broker goes by. It gets a message id when it has none, since the SDK's lock renewer fails on a
 * message without one; all else keeps its bytes.
 * @throws {MalformedMessageError}
 */
export function incoming(sent: Buffer, newId: () => string = randomUUID): IncomingMessage {
  const given = splitSections(sent);
  const raw = inOrder(sent, given);
  const sections = raw === sent ? given : splitSections(raw);
  let header: Section | undefined;
  let annotations: Section | undefined;
  let properties: Section | undefined;
  for (const one of sections) {
    checkShape(raw, one);
    if (one.code === HEADER) header = one;
    else if (one.code === MESSAGE_ANNOTATIONS) annotations = one;
    else if (one.code === PROPERTIES) properties = one;
  }
  const lifetime = lifetimeOf(raw, header, properties);
  const scheduledAtMs = annotations === undefined ? undefined : scheduledTimeOf(raw, annotations);
  const messageId = properties === undefined ? undefined : messageIdOf(raw, properties);
  if (messageId !== undefined) return { stored: raw, messageId, lifetime, scheduledAtMs };
  const id = newId();
  return { stored: withMessageId(raw, sections, properties, id), messageId: id, lifetime, scheduledAtMs };
}

/** The lifetime of a message that was checked before. */
export function lifetimeOfStored(stored: Buffer): Lifetime {
  const sections = splitSections(stored);
  const header = sections.find(({ code }) => code === HEADER);
  const properties = sections.find(({ code }) => code === PROPERTIES);
  return lifetimeOf(stored, header, properties);
}

/** The SDKs write a life of more than 49.7 days, which the header cannot hold, as its longest with the absolute expiry time beside it. */
function lifetimeOf(raw: Buffer, header: Section | undefined, properties: Section | undefined): Lifetime {
  const timeToLiveMs = header === undefined ? undefined : timeToLiveOf(raw, header);
  const absoluteExpiryMs = properties === undefined ? undefined : absoluteExpiryOf(raw, properties);
  if (absoluteExpiryMs === undefined) return { timeToLiveMs, absoluteExpiryMs };
  // Beside a shorter life it is the same by the sender's clock.
  const isHeaderFull = timeToLiveMs === undefined || timeToLiveMs === LONGEST_TIME_TO_LIVE_MS;
  return isHeaderFull ? { timeToLiveMs: undefined, absoluteExpiryMs } : { timeToLiveMs, absoluteExpiryMs: undefined };
}

function absoluteExpiryOf(raw: Buffer, { valueStart }: Section): number | undefined {
  const at = itemAt(raw, valueStart, ABSOLUTE_EXPIRY_TIME);
  if (at === undefined || raw[at] !== 0x83) return undefined;
  const expiryMs = Number(raw.readBigInt64BE(at + 1));
  return expiryMs <= 0 ? undefined : expiryMs;
}

function timeToLiveOf(raw: Buffer, { valueStart }: Section): number | undefined {
  const at = itemAt(raw, valueStart, TIME_TO_LIVE);
  if (at === undefined) return undefined;
  // None at all is what Azure takes 0 for.
  if (raw[at] === 0x70) return raw.readUInt32BE(at + 1) || undefined;
  if (raw[at] === 0x52) return raw.readUInt8(at + 1) || undefined;
  return undefined;
}

function scheduledTimeOf(raw: Buffer, { valueStart }: Section): number | undefined {
  let scheduledAtMs: number | undefined;
  let isTime = false;
  walkItems(raw, valueStart, (start, end, index) => {
    if (index % 2 === 0) isTime = textOf(raw.subarray(start, end)) === SCHEDULED_ENQUEUE_TIME;
    else if (isTime && raw[start] === 0x83) {
      scheduledAtMs = Math.min(Math.max(Number(raw.readBigInt64BE(start + 1)), 0), LATEST_TIME_MS);
    }
  });
  return scheduledAtMs;
}

/** Constructors of what a message id may be: ulong, uuid, binary or string; AMQP 1.0, part 3, section 3.2.4. */
const MESSAGE_ID_CONSTRUCTORS: ReadonlySet<number | undefined> = new Set([
  0x80, 0x53, 0x44, 0x98, 0xa0, 0xb0, 0xa1, 0xb1,
]);

/** @throws {MalformedMessageError} when the value that starts at `start` cannot be a message id. */
export function checkMessageId(raw: Buffer, start: number): void {
  if (MESSAGE_ID_CONSTRUCTORS.has(raw[start])) return;
  throw new MalformedMessageError(`a message id must be a ulong, uuid, binary or string (at byte ${start})`);
}

/** Undefined when there is none. Binary ones and numbers are told apart from strings by their type's code before them. */
function messageIdOf(raw: Buffer, { valueStart }: Section): string | undefined {
  const start = itemAt(raw, valueStart, MESSAGE_ID);
  if (start === undefined || raw[start] === 0x40) return undefined;
  checkMessageId(raw, start);
  const code = raw[start];
  const end = skipValue(raw, start);
  return code === 0xa1 || code === 0xb1
    ? raw.toString("utf8", start + (code === 0xa1 ? 2 : 5), end)
    : `0x${raw.toString("hex", start, end)}`;
}

function withMessageId(
  raw: Buffer,
  sections: readonly Section[],
  properties: Section | undefined,
  messageId: string,
): Buffer {
  const fields: Buffer[] = [];
  if (properties !== undefined) {
    walkItems(raw, properties.valueStart, (start, end) => fields.push(raw.subarray(start, end)));
  }
  const at = properties ?? sections.find(({ code }) => code > PROPERTIES);
  const insertAt = at?.start ?? raw.length;
  return Buffer.concat([
    raw.subarray(0, insertAt),
    section(PROPERTIES, list([text(messageId), ...fields.slice(1)])),
    raw.subarray(properties?.end ?? insertAt),
  ]);
}
