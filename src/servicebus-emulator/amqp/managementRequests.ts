import * as z from "zod";

/** The bodies of requests to an entity's `$management`, as rhea decodes them. */

/** Items in one request, of whatever kind; of messages that are sent, what the largest batch can hold is the limit. */
const MAX_ITEMS = 10_000;

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

export const renewLockRequest = z.object({ "lock-tokens": lockTokens });
export const peekMessageRequest = z.object({
  "from-sequence-number": long,
  "message-count": z.int().min(1),
  "omit-message-body": z.boolean().nullish(),
});
/** The time that rhea gives for a timestamp. */
export const batchDeleteRequest = z.object({
  "message-count": z.int().min(1),
  "enqueued-time-utc": z.date().nullish(),
});
export const scheduleMessageRequest = z.object({
  messages: z
    .array(z.object({ message: z.instanceof(Buffer) }))
    .min(1)
    .max(MAX_ITEMS),
});
export const cancelScheduledRequest = z.object({ "sequence-numbers": sequenceNumbers });
export const receiveBySequenceNumberRequest = z.object({
  "sequence-numbers": sequenceNumbers,
  "receiver-settle-mode": z.int().min(0).max(1).default(1),
});
export const updateDispositionRequest = z.object({
  "lock-tokens": lockTokens,
  "disposition-status": z.enum(["completed", "abandoned", "suspended", "defered"]),
  "deadletter-reason": z.string().nullish(),
  "deadletter-description": z.string().nullish(),
});
