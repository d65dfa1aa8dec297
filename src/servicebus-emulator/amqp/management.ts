import rhea from "rhea";
import * as z from "zod";
import type { Logger } from "../../shared/logger.ts";
import type { Right } from "../access/sharedAccess.ts";
import type { Broker, Entity, ResolvedAddress } from "../broker/contract.ts";
import { lockTokenOfUuid } from "../broker/lockTokens.ts";
import { deadLetterProperties } from "../message/applicationProperties.ts";
import { deliverable } from "../message/deliverable.ts";
import { sectionAt } from "../message/sections.ts";
import {
  ARGUMENT_ERROR,
  claimMissing,
  DECODE_ERROR,
  ENTITY_DISABLED,
  LOCK_LOST,
  lockLost,
  MESSAGE_NOT_FOUND,
  NOT_ALLOWED,
  NOT_FOUND,
  NOT_IMPLEMENTED,
  notImplemented,
  RESOURCE_LIMIT_EXCEEDED,
  SERVER_BUSY,
  UNAUTHORIZED,
  type AmqpError,
} from "./conditions.ts";
import { amqpErrorFor } from "./amqpError.ts";
import { sentMessage } from "./ingress.ts";
import { entriesOf } from "./outcomes.ts";
import type { Reply, Request } from "./requestReply.ts";
import { ItemReader } from "./itemReader.ts";

/** Last segment of an entity's management address. */
export const MANAGEMENT = "$management";

const PREFIX = "com.microsoft:";

const { types } = rhea;
/** Constructors of AMQP types, for arrays. */
const LONG = 0x81;
const TIMESTAMP = 0x83;

/** `receiver-settle-mode` of receive-and-delete. */
const RECEIVE_AND_DELETE = 0;

/** A section of delivery annotations with one entry, as far as its value's 16 bytes. */
const LOCK_TOKEN_ANNOTATION = Buffer.concat([
  Buffer.of(0x00, 0x53, 0x71, 0xc1, 36, 2, 0xa3, 16),
  Buffer.from("x-opt-lock-token"),
  Buffer.of(0x98),
]);

/** Items in one request, of whatever kind; of messages that are sent, what the largest batch can hold is the limit. */
const MAX_ITEMS = 10_000;

/** Status codes of conditions, as `ConditionStatusMapper` of `@azure/core-amqp` pairs them. */
const STATUS: Partial<Record<string, number>> = {
  [ARGUMENT_ERROR]: 400,
  [DECODE_ERROR]: 400,
  [ENTITY_DISABLED]: 400,
  [LOCK_LOST]: 410,
  [MESSAGE_NOT_FOUND]: 404,
  [NOT_ALLOWED]: 400,
  [NOT_FOUND]: 404,
  [NOT_IMPLEMENTED]: 501,
  [RESOURCE_LIMIT_EXCEEDED]: 403,
  [SERVER_BUSY]: 503,
  [UNAUTHORIZED]: 401,
};

/** Operations of features that are not there, by what they would be. */
const UNSUPPORTED = new Map([
  ["renew-session-lock", "sessions"],
  ["get-message-sessions", "sessions"],
  ["set-session-state", "sessions"],
  ["get-session-state", "sessions"],
  ["add-rule", "topics and their rules"],
  ["remove-rule", "topics and their rules"],
  ["enumerate-rules", "topics and their rules"],
]);

const uuid = z.instanceof(Buffer).refine((bytes) => bytes.length === 16, "want a uuid");
/** rhea gives a long beyond 2^53 as bytes; no sequence number is so high. */
const long = z.union(
  [
    z.int(),
    z
      .instanceof(Buffer)
      .refine((bytes) => bytes.length === 8)
      .transform((bytes) => Number(bytes.readBigInt64BE())),
  ],
  "want a long",
);
const lockTokens = z.array(uuid).min(1).max(MAX_ITEMS);
const sequenceNumbers = z.array(long).min(1).max(MAX_ITEMS);

const renewLockRequest = z.object({ "lock-tokens": lockTokens });
const peekMessageRequest = z.object({ "from-sequence-number": long, "message-count": z.int().min(1) });
const scheduleMessageRequest = z.object({
  messages: z
    .array(z.object({ message: z.instanceof(Buffer) }))
    .min(1)
    .max(MAX_ITEMS),
});
const cancelScheduledRequest = z.object({ "sequence-numbers": sequenceNumbers });
const receiveBySequenceNumberRequest = z.object({
  "sequence-numbers": sequenceNumbers,
  "receiver-settle-mode": z.int().min(0).max(1).default(1),
});
const updateDispositionRequest = z.object({
  "lock-tokens": lockTokens,
  "disposition-status": z.enum(["completed", "abandoned", "suspended", "defered"]),
  "deadletter-reason": z.string().nullish(),
  "deadletter-description": z.string().nullish(),
});

/** Answers one request at an entity's `$management`. @param resource the entity's URI, for messages. */
export function manage(
  request: Request,
  { queue, entity }: ResolvedAddress,
  broker: Broker,
  may: (wanted: Right) => boolean,
  resource: string,
  log: Logger,
): Reply | Promise<Reply> {
  const operation = request.operation.startsWith(PREFIX) ? request.operation.slice(PREFIX.length) : request.operation;
  const nowMs = broker.now();
  switch (operation) {
    case "renew-lock":
      return run("Listen", renewLockRequest, (body) => renewLock(body, entity, nowMs));
    case "peek-message":
      return run("Listen", peekMessageRequest, (body) => peekMessage(body, entity));
    case "receive-by-sequence-number":
      return run("Listen", receiveBySequenceNumberRequest, (body) => receiveBySequenceNumber(body, entity, nowMs));
    case "update-disposition":
      return run("Listen", updateDispositionRequest, (body) =>
        updateDisposition(body, changedProperties(request), entity, nowMs),
      );
    case "schedule-message":
      return run("Send", scheduleMessageRequest, async ({ messages }) => {
        if (entity !== queue.main) return refuse(nobodySendsTo(entity));
        const sent = messages.map(({ message }) => sentMessage(message));
        const numbers = await queue.enqueue(sent, nowMs);
        return reply(200, "OK", undefined, { "sequence-numbers": types.wrap_array(numbers, LONG, undefined) });
      });
    case "cancel-scheduled-message":
      return run("Send", cancelScheduledRequest, async (body) => {
        if (entity !== queue.main) return refuse(nobodySendsTo(entity));
        const numbers = body["sequence-numbers"];
        return (await queue.cancelScheduled(numbers)) ? reply(200, "OK") : refuse(notThere("scheduled", numbers));
      });
    default: {
      const feature = UNSUPPORTED.get(operation);
      return refuse(notImplemented(feature ?? `the operation "${request.operation}"`));
    }
  }

  function run<Body>(
    right: Right,
    schema: z.ZodType<Body>,
    answer: (body: Body) => Reply | Promise<Reply>,
  ): Reply | Promise<Reply> {
    if (!may(right)) return refuse(claimMissing([right], resource));
    const { body } = request;
    if (body instanceof Object && "session-id" in body && body["session-id"] != null) {
      return refuse(notImplemented("sessions"));
    }
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      const what = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
      const description = `The body of "${operation}" is not usable: ${what.join("; ")}.`;
      return refuse({ condition: ARGUMENT_ERROR, description });
    }
    try {
      const answered = answer(parsed.data);
      return answered instanceof Promise ? answered.catch(refuseFor) : answered;
    } catch (error) {
      return refuseFor(error);
    }
  }

  function refuseFor(error: unknown): Reply {
    return refuse(amqpErrorFor(error, log));
  }
}

function renewLock(body: z.infer<typeof renewLockRequest>, entity: Entity, nowMs: number): Reply {
  const expirations: number[] = [];
  for (const bytes of body["lock-tokens"]) {
    const lockToken = lockTokenOfUuid(bytes);
    const lockedUntilMs = entity.renew(lockToken, nowMs);
    if (lockedUntilMs === undefined) return refuse(lockLost(lockToken));
    expirations.push(lockedUntilMs);
  }
  return reply(200, "OK", undefined, { expirations: types.wrap_array(expirations, TIMESTAMP, undefined) });
}

function peekMessage(body: z.infer<typeof peekMessageRequest>, entity: Entity): Reply {
  const peeked = entity.peek(body["from-sequence-number"], body["message-count"]);
  if (peeked.length === 0) return reply(204, "No content");
  return reply(200, "OK", undefined, { messages: peeked.map((message) => ({ message: deliverable(message) })) });
}

async function receiveBySequenceNumber(
  body: z.infer<typeof receiveBySequenceNumberRequest>,
  entity: Entity,
  nowMs: number,
): Promise<Reply> {
  const numbers = body["sequence-numbers"];
  const settles = body["receiver-settle-mode"] === RECEIVE_AND_DELETE;
  if (settles) {
    const taken = await entity.takeDeferred(numbers, nowMs);
    if (taken === undefined) return refuse(notThere("deferred", numbers));
    return reply(200, "OK", undefined, { messages: taken.map((message) => ({ message: deliverable(message) })) });
  }
  const locked = entity.lockDeferred(numbers, nowMs);
  if (locked === undefined) return refuse(notThere("deferred", numbers));
  const messages = locked.map((message) => {
    const lockToken = uuidOf(message.lockToken);
    return { message: withLockToken(deliverable(message), lockToken), "lock-token": types.wrap_uuid(lockToken) };
  });
  return reply(200, "OK", undefined, { messages });
}

/** The Go SDK looks for the lock token in the message's delivery annotations; the JavaScript one beside the message. */
function withLockToken(message: Buffer, lockToken: Buffer): Buffer {
  const headerEnd = sectionAt(message, 0).end;
  return Buffer.concat([message.subarray(0, headerEnd), LOCK_TOKEN_ANNOTATION, lockToken, message.subarray(headerEnd)]);
}

async function updateDisposition(
  body: z.infer<typeof updateDispositionRequest>,
  changes: Map<string, Buffer>,
  entity: Entity,
  nowMs: number,
): Promise<Reply> {
  const { deadLetter } = entity;
  const status = body["disposition-status"];
  if (status === "suspended" && deadLetter === undefined) {
    return refuse({
      condition: NOT_ALLOWED,
      description: "A message in a dead-letter queue cannot be dead-lettered; the lock stands.",
    });
  }
  const why = deadLetterProperties(body["deadletter-reason"] ?? undefined, body["deadletter-description"] ?? undefined);
  const settled = body["lock-tokens"].map(async (bytes) => {
    const lockToken = lockTokenOfUuid(bytes);
    switch (status) {
      case "completed":
        return { lockToken, stood: await entity.complete(lockToken, nowMs) };
      case "abandoned":
        return { lockToken, stood: await entity.abandon(lockToken, nowMs, changes) };
      case "defered":
        return { lockToken, stood: await entity.defer(lockToken, nowMs, changes) };
      case "suspended":
        return { lockToken, stood: await deadLetter?.(lockToken, nowMs, new Map([...changes, ...why])) };
    }
  });
  const lost = (await Promise.all(settled)).find(({ stood }) => stood !== true);
  return lost === undefined ? reply(200, "OK") : refuse(lockLost(lost.lockToken));
}

/** As they are encoded: decoded, a long would have become an int. */
function changedProperties({ encodedBody }: Request): Map<string, Buffer> {
  if (encodedBody === undefined) return new Map();
  const entries = new ItemReader(encodedBody, 0, encodedBody.length);
  while (entries.left > 0) {
    const name = entries.text();
    const value = entries.raw();
    if (name === "properties-to-modify") return entriesOf(value);
  }
  return new Map();
}

function uuidOf(lockToken: string): Buffer {
  return Buffer.from(lockToken.replaceAll("-", ""), "hex");
}

function notThere(state: "deferred" | "scheduled", numbers: readonly number[]): AmqpError {
  const description = `Not all of the messages ${numbers.slice(0, 20).join(", ")} are there, ${state} and free.`;
  return { condition: MESSAGE_NOT_FOUND, description };
}

function nobodySendsTo({ path }: Entity): AmqpError {
  return { condition: NOT_ALLOWED, description: `Nobody can send to the dead-letter queue "${path}".` };
}

function refuse({ condition, description }: AmqpError): Reply {
  return reply(STATUS[condition] ?? 500, description, condition);
}

function reply(status: number, description: string, condition?: string, body?: unknown): Reply {
  return {
    properties: {
      statusCode: types.wrap_int(status),
      statusDescription: description,
      ...(condition === undefined ? {} : { errorCondition: types.wrap_symbol(condition) }),
    },
    body,
  };
}
