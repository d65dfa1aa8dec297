import rhea from "rhea";
import type * as z from "zod";
import type { Logger } from "../../shared/logger.ts";
import type { Right } from "../access/sharedAccess.ts";
import type { Broker, Entity, ResolvedAddress } from "../broker/contract.ts";
import { lockTokenOfUuid } from "../model/lockTokens.ts";
import { deadLetterProperties } from "../message/applicationProperties.ts";
import { deliverable } from "../message/deliverable.ts";
import { withoutBody } from "../message/sections.ts";
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
import {
  batchDeleteRequest,
  cancelScheduledRequest,
  peekMessageRequest,
  receiveBySequenceNumberRequest,
  renewLockRequest,
  scheduleMessageRequest,
  updateDispositionRequest,
} from "./managementRequests.ts";
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

/** Answers one request at an entity's `$management`. @param resource the entity's URI, for messages. */
export function manage(
  request: Request,
  { queue, entity }: ResolvedAddress,
  broker: Broker,
  may: (right: Right) => boolean,
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
    case "batch-delete-messages":
      return run("Listen", batchDeleteRequest, async (body) => {
        const before = body["enqueued-time-utc"]?.getTime() ?? Infinity;
        const removed = await entity.removeOldest(body["message-count"], before);
        if (removed === 0) return reply(204, "No content");
        return reply(200, "OK", undefined, { "message-count": types.wrap_int(removed) });
      });
    case "receive-by-sequence-number":
      return run("Listen", receiveBySequenceNumberRequest, (body) => receiveBySequenceNumber(body, entity, nowMs));
    case "update-disposition":
      return run("Listen", updateDispositionRequest, (body) =>
        updateDisposition(body, changedProperties(request), entity, nowMs),
      );
    case "schedule-message":
      return run("Send", scheduleMessageRequest, async ({ messages }) => {
        if (entity !== queue.main) return reject(noSendsTo(entity));
        const sent = messages.map(({ message }) => sentMessage(message));
        const numbers = await queue.enqueue(sent, nowMs);
        return reply(200, "OK", undefined, { "sequence-numbers": types.wrap_array(numbers, LONG, undefined) });
      });
    case "cancel-scheduled-message":
      return run("Send", cancelScheduledRequest, async (body) => {
        if (entity !== queue.main) return reject(noSendsTo(entity));
        const numbers = body["sequence-numbers"];
        return (await queue.cancelScheduled(numbers)) ? reply(200, "OK") : reject(notThere("scheduled", numbers));
      });
    default: {
      const feature = UNSUPPORTED.get(operation);
      return reject(notImplemented(feature ?? `the operation "${request.operation}"`));
    }
  }

  function run<Body>(
    right: Right,
    schema: z.ZodType<Body>,
    answer: (body: Body) => Reply | Promise<Reply>,
  ): Reply | Promise<Reply> {
    if (!may(right)) return reject(claimMissing([right], resource));
    const { body } = request;
    // With a settlement it is only what the message bore.
    const isSettlement = operation === "update-disposition";
    if (!isSettlement && body instanceof Object && "session-id" in body && body["session-id"] != null) {
      return reject(notImplemented("sessions"));
    }
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      const what = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
      const description = `The body of "${operation}" is not usable: ${what.join("; ")}.`;
      return reject({ condition: ARGUMENT_ERROR, description });
    }
    try {
      const answered = answer(parsed.data);
      return answered instanceof Promise ? answered.catch(rejectWith) : answered;
    } catch (error) {
      return rejectWith(error);
    }
  }

  function rejectWith(error: unknown): Reply {
    return reject(amqpErrorFor(error, log));
  }
}

function renewLock(body: z.infer<typeof renewLockRequest>, entity: Entity, nowMs: number): Reply {
  const expirations: number[] = [];
  for (const bytes of body["lock-tokens"]) {
    const lockToken = lockTokenOfUuid(bytes);
    const lockedUntilMs = entity.renew(lockToken, nowMs);
    if (lockedUntilMs === undefined) return reject(lockLost(lockToken));
    expirations.push(lockedUntilMs);
  }
  return reply(200, "OK", undefined, { expirations: types.wrap_array(expirations, TIMESTAMP, undefined) });
}

function peekMessage(body: z.infer<typeof peekMessageRequest>, entity: Entity): Reply {
  const peeked = entity.peek(body["from-sequence-number"], body["message-count"]);
  if (peeked.length === 0) return reply(204, "No content");
  const shown = peeked.map((message) => deliverable(message, "peeked"));
  const messages = body["omit-message-body"] === true ? shown.map(withoutBody) : shown;
  return reply(200, "OK", undefined, { messages: messages.map((message) => ({ message })) });
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
    if (taken === undefined) return reject(notThere("deferred", numbers));
    return reply(200, "OK", undefined, {
      messages: taken.map((message) => ({ message: deliverable(message, "deleted") })),
    });
  }
  const locked = entity.lockDeferred(numbers, nowMs);
  if (locked === undefined) return reject(notThere("deferred", numbers));
  const messages = locked.map((message) => {
    return { message: deliverable(message, message), "lock-token": types.wrap_uuid(uuidOf(message.lockToken)) };
  });
  return reply(200, "OK", undefined, { messages });
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
    return reject({
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
  return lost === undefined ? reply(200, "OK") : reject(lockLost(lost.lockToken));
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

function noSendsTo({ path }: Entity): AmqpError {
  return { condition: NOT_ALLOWED, description: `Nobody can send to the dead-letter queue "${path}".` };
}

function reject({ condition, description }: AmqpError): Reply {
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
