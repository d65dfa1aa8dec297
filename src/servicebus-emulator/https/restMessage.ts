import { randomUUID } from "node:crypto";
import { type IncomingMessage, MAX_MESSAGE_SIZE_BYTES } from "../message/incoming.ts";
import { HttpError } from "./answer.ts";
import { createMessageWriter, type MessageParts, type MessageWriter } from "./messageBytes.ts";
import { headerText, HTTP_DATE, userPropertiesOf, type UserValue } from "./userProperties.ts";

/** Media type of a batch. */
export const BATCH_TYPE = "application/vnd.microsoft.servicebus.json";

/** The service's limit for identifiers and keys, in characters. */
const MAX_ID_LENGTH = 128;

/** .NET's longest time span, in milliseconds: who sends it means that the message does not expire. */
const NEVER_MS = 922_337_203_685_477;

/** What the properties and the bodies of a batch's messages take as AMQP, at a guess, over what they take as JSON; in bytes each. */
const OVERHEAD_BYTES = 600;

/**
 * The message of a single send.
 * @param rawHeaders names and values in turn.
 * @throws {HttpError} 400 naming what is wrong, 403 when it is too large.
 */
export function singleMessage(
  body: Buffer,
  headers: { readonly contentType: string | undefined; readonly brokerProperties: string | undefined },
  rawHeaders: readonly string[],
  nowMs: number,
): IncomingMessage {
  const where = "BrokerProperties";
  const given =
    headers.brokerProperties === undefined
      ? {}
      : parseJson(headerText(headers.brokerProperties), `The header ${where}`);
  if (!isObject(given)) throw bad(`The header ${where} must be a JSON object`);
  const userProperties = [...userPropertiesOf(rawHeaders)];
  const parts = partsOf(body, given, where, userProperties);
  const writer = createMessageWriter(body.length + OVERHEAD_BYTES);
  return incoming({ ...parts, contentType: parts.contentType ?? headers.contentType }, writer, nowMs);
}

/**
 * The messages of a batch. Checked by hand: a schema library takes longer for it than checking and writing the message do here together.
 * @throws {HttpError} 400 naming what is wrong in which message.
 */
export function batchMessages(body: Buffer, nowMs: number): IncomingMessage[] {
  const batch = parseJson(body.toString("utf8"), "The batch");
  if (!Array.isArray(batch))
    throw bad(`The batch must be a JSON array of {"Body", "BrokerProperties", "UserProperties"}`);
  if (batch.length === 0) throw bad("The batch has no message");
  const writer = createMessageWriter(body.length + OVERHEAD_BYTES * batch.length);
  return batch.map((entry: unknown, index) => {
    if (!isObject(entry)) throw bad(`Message ${index} of the batch must be an object`);
    const { Body: text, BrokerProperties: broker = {}, UserProperties: user } = entry;
    if (typeof text !== "string") throw bad(`Message ${index}: Body must be a string`);
    const where = `Message ${index}: BrokerProperties`;
    if (!isObject(broker)) throw bad(`${where} must be an object`);
    const userProperties = user === undefined || user === null ? [] : userPropertiesIn(user, index);
    return incoming(partsOf(text, broker, where, userProperties), writer, nowMs);
  });
}

function incoming(parts: MessageParts, writer: MessageWriter, nowMs: number): IncomingMessage {
  const { messageId, timeToLiveMs, scheduledAtMs } = parts;
  const stored = writer.write(parts, nowMs);
  if (stored.length > MAX_MESSAGE_SIZE_BYTES) throw tooLarge(stored.length);
  return { stored, messageId, lifetime: { timeToLiveMs, absoluteExpiryMs: undefined }, scheduledAtMs };
}

/** With the status that {@link https://learn.microsoft.com/en-us/rest/api/servicebus/send-message-to-queue} has for it. */
export function tooLarge(sizeBytes: number | undefined): HttpError {
  const size = sizeBytes === undefined ? "is larger than" : `has ${sizeBytes} bytes,`;
  return new HttpError(403, `The message ${size} ${MAX_MESSAGE_SIZE_BYTES} bytes, the most that is allowed.`, {
    close: true,
  });
}

/**
 * Properties as {@link https://learn.microsoft.com/en-us/rest/api/servicebus/message-headers-and-properties} names them; those that it does
 * not name, and those that only the service sets, are ignored, as there.
 */
function partsOf(
  body: string | Buffer,
  given: Record<string, unknown>,
  where: string,
  userProperties: MessageParts["userProperties"],
): MessageParts {
  const sessionId = textOf(given, "SessionId", where, MAX_ID_LENGTH);
  const partitionKey = textOf(given, "PartitionKey", where, MAX_ID_LENGTH);
  if (sessionId !== undefined && partitionKey !== undefined && sessionId !== partitionKey) {
    throw bad(
      `${where}: SessionId and PartitionKey must be the same when both are there, got "${sessionId}" and "${partitionKey}"`,
    );
  }
  const messageId = textOf(given, "MessageId", where, MAX_ID_LENGTH) ?? randomUUID();
  if (messageId === "") throw bad(`${where}.MessageId must not be empty`);
  return {
    body,
    messageId,
    to: textOf(given, "To", where),
    subject: textOf(given, "Label", where),
    replyTo: textOf(given, "ReplyTo", where),
    correlationId: textOf(given, "CorrelationId", where),
    contentType: textOf(given, "ContentType", where),
    sessionId,
    replyToSessionId: textOf(given, "ReplyToSessionId", where, MAX_ID_LENGTH),
    partitionKey,
    viaPartitionKey: textOf(given, "ViaPartitionKey", where, MAX_ID_LENGTH),
    timeToLiveMs: timeToLiveOf(given, where),
    scheduledAtMs: scheduledOf(given, where),
    userProperties,
  };
}

function textOf(given: Record<string, unknown>, name: string, where: string, maxLength = Infinity): string | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw bad(`${where}.${name} must be a string, got ${shown(value)}`);
  if (value.length > maxLength)
    throw bad(`${where}.${name} must have at most ${maxLength} characters, got ${value.length}`);
  return value;
}

/** Seconds, also as a string, or a .NET time span. Undefined: as long as the queue says. */
function timeToLiveOf(given: Record<string, unknown>, where: string): number | undefined {
  const { TimeToLive: seconds, TimeToLiveTimeSpan: span } = given;
  let milliseconds: number | undefined;
  if (seconds !== undefined && seconds !== null) {
    const value = typeof seconds === "string" && /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) : seconds;
    if (typeof value !== "number" || value <= 0) {
      throw bad(`${where}.TimeToLive must be a number of seconds above 0, got ${shown(seconds)}`);
    }
    milliseconds = Math.max(1, Math.round(value * 1_000));
  } else if (span !== undefined && span !== null) {
    milliseconds = typeof span === "string" ? timeSpanMs(span) : undefined;
    if (milliseconds === undefined || milliseconds <= 0) {
      throw bad(`${where}.TimeToLiveTimeSpan must be a time span above 0, as in "0.00:00:40", got ${shown(span)}`);
    }
  }
  return milliseconds === undefined || milliseconds >= NEVER_MS ? undefined : milliseconds;
}

/** `[days.]hours:minutes[:seconds[.fraction]]`: {@link https://learn.microsoft.com/en-us/dotnet/standard/base-types/standard-timespan-format-strings}. */
function timeSpanMs(text: string): number | undefined {
  const parts = /^(?:(\d{1,8})\.)?([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d(?:\.\d{1,7})?))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part?: string) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}

function scheduledOf(given: Record<string, unknown>, where: string): number | undefined {
  const value = given.ScheduledEnqueueTimeUtc;
  if (value === undefined || value === null) return undefined;
  const timeMs = typeof value === "string" ? timeOf(value.trim()) : NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw bad(
    `${where}.ScheduledEnqueueTimeUtc must be a time as in "Sun, 06 Nov 1994 08:49:37 GMT" or "1994-11-06T08:49:37Z", got ${shown(value)}`,
  );
}

/** Not a number for anything else: `Date.parse` alone takes what it can make sense of, in the local time zone. */
function timeOf(text: string): number {
  if (HTTP_DATE.test(text)) return Date.parse(text);
  const iso = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  return iso === null ? NaN : Date.parse(`${iso[1] ?? ""}${iso[2] ?? "Z"}`);
}

function userPropertiesIn(given: unknown, index: number): [string, UserValue][] {
  const where = `Message ${index}: UserProperties`;
  if (!isObject(given)) throw bad(`${where} must be an object`);
  const properties: [string, UserValue][] = [];
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (typeof value === "object" && value !== null) {
      throw bad(`${where}.${name} must be a string, a number, a boolean or null, got ${shown(value)}`);
    }
    properties.push([name, value as UserValue]);
  }
  return properties;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(`${what} must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}

function bad(detail: string): HttpError {
  return new HttpError(400, `BadRequest: ${detail}.`);
}
