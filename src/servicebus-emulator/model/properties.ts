import * as z from "zod";

/** The service's limits and defaults: {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-quotas | quotas}. */
export const MAX_LOCK_DURATION_MS = 5 * 60_000;

/** A message that never expires: what Azure writes as P10675199DT2H48M5.4775807S. */
export const UNLIMITED_MS = Number.MAX_SAFE_INTEGER;

/** What one can set on a queue. Times are in milliseconds; {@link UNLIMITED_MS} stands for no end. */
export const queueProperties = z.strictObject({
  lockDurationMs: z.int().min(1).max(MAX_LOCK_DURATION_MS).default(60_000),
  /** A message is dead-lettered after so many failed deliveries. */
  maxDeliveryCount: z.int().min(1).max(2_147_483_647).default(10),
  /** The longest that a message lives, and how long one lives that does not say. */
  defaultTimeToLiveMs: z.int().min(1).default(UNLIMITED_MS),
  /** Whether a message that expires is dead-lettered; otherwise it is gone. */
  deadLetteringOnExpiration: z.boolean().default(false),
  requiresDuplicateDetection: z.boolean().default(false),
  duplicateDetectionWindowMs: z
    .int()
    .min(1_000)
    .max(7 * 24 * 60 * 60_000)
    .default(10 * 60_000),
  /** Sends are refused when the messages, dead-lettered ones too, take more. */
  maxSizeMegabytes: z.int().min(1).default(1_024),
  status: z.enum(["Active", "Disabled", "SendDisabled", "ReceiveDisabled"]).default("Active"),
  /** A queue that nobody uses for so long is deleted; the service's own least. */
  autoDeleteOnIdleMs: z
    .int()
    .min(5 * 60_000)
    .default(UNLIMITED_MS),
  /** Kept and told, without any effect. */
  enableBatchedOperations: z.boolean().default(true),
  /** Text of the owner's; kept and told, without any effect. */
  userMetadata: z.string().max(1_024).default(""),
});
export type QueueProperties = z.infer<typeof queueProperties>;

/** A queue that is to exist. */
export interface QueueDefinition {
  readonly name: string;
  readonly properties: QueueProperties;
}

/** Names that Service Bus takes; a name's case does not matter. */
export const queueName = z
  .string()
  .max(260)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9_])?$/, {
    error: "want letters, digits, '.', '-', '_' and '/', with a letter or digit first and last",
  });

/** A definition with the service's defaults for what is not given. */
export function queueDefinition(name: string, given: Partial<QueueProperties> = {}): QueueDefinition {
  return { name, properties: queueProperties.parse(given) };
}
