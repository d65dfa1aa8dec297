import * as z from "zod";

/** Size of a message's body, in bytes. */
export const MESSAGE_BYTES = 300;

export const QUEUE = "orders";

/** What the client's process is asked to do, once, and to time. */
export const job = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("rest"),
    httpsPort: z.int(),
    authority: z.string(),
    messages: z.int(),
    warmUpMessages: z.int(),
    messagesPerRequest: z.int(),
    parallel: z.int(),
  }),
  z.object({
    kind: z.literal("batches"),
    amqpPort: z.int(),
    messages: z.int(),
    warmUpMessages: z.int(),
    messagesPerBatch: z.int(),
    parallel: z.int(),
  }),
  z.object({
    kind: z.literal("receive"),
    amqpPort: z.int(),
    messages: z.int(),
    warmUpMessages: z.int(),
    concurrentCalls: z.int(),
  }),
  z.object({
    kind: z.literal("queueLength"),
    httpsPort: z.int(),
    authority: z.string(),
    requests: z.int(),
    warmUpRequests: z.int(),
  }),
  z.object({ kind: z.literal("connections"), amqpPort: z.int(), count: z.int() }),
]);
export type Job = z.infer<typeof job>;

/** What came of it. */
export const jobResult = z.object({
  /** Messages or requests a second. */
  perSecond: z.number().optional(),
  /** Of single requests, in milliseconds. */
  p50Ms: z.number().optional(),
  p99Ms: z.number().optional(),
  /** Connections that were all open at once and each took a message then. */
  usable: z.int().optional(),
});
export type JobResult = z.infer<typeof jobResult>;
