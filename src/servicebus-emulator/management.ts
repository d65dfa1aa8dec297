import rhea from "rhea";
import { z } from "zod";
import { ARGUMENT_ERROR, lockLost, NOT_ALLOWED, NOT_IMPLEMENTED, UNAUTHORIZED } from "./conditions.ts";
import { lockTokenOfUuid } from "./lockTokens.ts";
import { deadLetterProperties, type Entity } from "./queue.ts";
import { deliverable } from "./rawMessage.ts";
import { encode } from "./rheaInternals.ts";
import type { Reply, Request } from "./requestReply.ts";

/** Last segment of an entity's management address. */
export const MANAGEMENT = "$management";

const PREFIX = "com.microsoft:";

const { types } = rhea;
/** Constructors of AMQP types, for arrays. */
const TIMESTAMP = 0x83;

const uuid = z.instanceof(Buffer).refine((bytes) => bytes.length === 16, "want a uuid");
/** rhea gives a long beyond 2^53 as bytes; no sequence number is so high. */
const long = z.union([z.number(), z.instanceof(Buffer).transform((bytes) => Number(bytes.readBigInt64BE()))]);

const renewLockRequest = z.object({ "lock-tokens": z.array(uuid).min(1) });
const peekMessageRequest = z.object({ "from-sequence-number": long, "message-count": z.int().min(1) });
const updateDispositionRequest = z.object({
  "lock-tokens": z.array(uuid).min(1),
  "disposition-status": z.enum(["completed", "abandoned", "suspended", "defered"]),
  "deadletter-reason": z.string().nullish(),
  "deadletter-description": z.string().nullish(),
  "properties-to-modify": z.record(z.string(), z.unknown()).nullish(),
});

/** Answers one request at an entity's `$management`. @param mayListen whether the connection has the right to receive. */
export function manage(request: Request, entity: Entity, mayListen: boolean, nowMs: number): Reply {
  const operation = request.operation.startsWith(PREFIX) ? request.operation.slice(PREFIX.length) : request.operation;
  switch (operation) {
    case "renew-lock":
      return listening(renewLockRequest, (body) => renewLock(body, entity, nowMs));
    case "peek-message":
      return listening(peekMessageRequest, (body) => peekMessage(body, entity));
    case "update-disposition":
      return listening(updateDispositionRequest, (body) => updateDisposition(body, entity, nowMs));
    default:
      return reply(501, `The operation "${request.operation}" is not implemented by this emulator.`, NOT_IMPLEMENTED);
  }

  function listening<Body>(schema: z.ZodType<Body>, run: (body: Body) => Reply): Reply {
    if (!mayListen) return reply(401, `"${operation}" needs the claim Listen on "${entity.path}".`, UNAUTHORIZED);
    const parsed = schema.safeParse(request.body);
    if (parsed.success) return run(parsed.data);
    const what = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return reply(400, `The body of "${operation}" is not usable: ${what}.`, ARGUMENT_ERROR);
  }
}

function renewLock(body: z.infer<typeof renewLockRequest>, entity: Entity, nowMs: number): Reply {
  const expirations: number[] = [];
  for (const bytes of body["lock-tokens"]) {
    const lockToken = lockTokenOfUuid(bytes);
    const lockedUntilMs = entity.renew(lockToken, nowMs);
    if (lockedUntilMs === undefined) return replyLockLost(lockToken);
    expirations.push(lockedUntilMs);
  }
  return reply(200, "OK", undefined, { expirations: types.wrap_array(expirations, TIMESTAMP, undefined) });
}

function peekMessage(body: z.infer<typeof peekMessageRequest>, entity: Entity): Reply {
  const peeked = entity.peek(body["from-sequence-number"], body["message-count"]);
  if (peeked.length === 0) return reply(204, "No content");
  const messages = peeked.map((message) => ({ message: deliverable(message.stored, message) }));
  return reply(200, "OK", undefined, { messages });
}

function updateDisposition(body: z.infer<typeof updateDispositionRequest>, entity: Entity, nowMs: number): Reply {
  const changes = new Map<string, Buffer>();
  for (const [name, value] of Object.entries(body["properties-to-modify"] ?? {})) changes.set(name, encode(value));

  let settleOne: (lockToken: string) => boolean;
  switch (body["disposition-status"]) {
    case "completed":
      settleOne = (lockToken) => entity.complete(lockToken, nowMs);
      break;
    case "abandoned":
      settleOne = (lockToken) => entity.abandon(lockToken, nowMs, changes);
      break;
    case "suspended": {
      const { deadLetter } = entity;
      if (deadLetter === undefined) {
        return reply(400, "A message in a dead-letter queue cannot be dead-lettered.", NOT_ALLOWED);
      }
      const why = deadLetterProperties(
        body["deadletter-reason"] ?? undefined,
        body["deadletter-description"] ?? undefined,
      );
      settleOne = (lockToken) => deadLetter(lockToken, nowMs, new Map([...changes, ...why]));
      break;
    }
    case "defered":
      return reply(501, "Deferring messages is not implemented by this emulator.", NOT_IMPLEMENTED);
  }
  for (const bytes of body["lock-tokens"]) {
    const lockToken = lockTokenOfUuid(bytes);
    if (!settleOne(lockToken)) return replyLockLost(lockToken);
  }
  return reply(200, "OK");
}

function replyLockLost(lockToken: string): Reply {
  const { condition, description } = lockLost(lockToken);
  return reply(410, description, condition);
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
