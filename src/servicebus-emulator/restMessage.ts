import rhea from "rhea";
import { z } from "zod";

/** Media type of a batch. */
export const BATCH_TYPE = "application/vnd.microsoft.servicebus.json";

/** What was sent over REST is not usable; `message` says why. */
export class BadMessageError extends Error {
  override readonly name = "BadMessageError";
}

/**
 * Properties of a message as the REST API names them; those that it does not name are ignored, as on Azure.
 * See {@link https://learn.microsoft.com/en-us/rest/api/servicebus/message-headers-and-properties}.
 */
const brokerProperties = z.object({
  MessageId: z.string().max(128).optional(),
  CorrelationId: z.string().optional(),
  SessionId: z.string().max(128).optional(),
  Label: z.string().optional(),
  ReplyTo: z.string().optional(),
  To: z.string().optional(),
  ReplyToSessionId: z.string().optional(),
  ContentType: z.string().optional(),
  PartitionKey: z.string().optional(),
  /** Seconds. */
  TimeToLive: z.number().min(0).optional(),
  ScheduledEnqueueTimeUtc: z.undefined({ error: "scheduled messages are not implemented by this emulator" }).optional(),
});
type BrokerProperties = z.infer<typeof brokerProperties>;

const userProperty = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const batch = z
  .array(
    z.object({
      Body: z.string(),
      BrokerProperties: brokerProperties.optional(),
      UserProperties: z.record(z.string(), userProperty).optional(),
    }),
  )
  .min(1);

/**
 * The message of a single send, as AMQP bytes.
 * @param header value of the header `BrokerProperties`, a JSON object.
 * @throws {BadMessageError}
 */
export function singleMessage(body: Buffer, contentType: string | undefined, header: string | undefined): Buffer {
  const properties = header === undefined ? {} : parsed(brokerProperties, header, "the header BrokerProperties");
  return encoded(body, { ...(contentType === undefined ? {} : { ContentType: contentType }), ...properties });
}

/**
 * The messages of a batch, as AMQP bytes.
 * @throws {BadMessageError}
 */
export function batchMessages(body: Buffer): Buffer[] {
  return parsed(batch, body.toString("utf8"), "the batch").map(({ Body, BrokerProperties = {}, UserProperties }) =>
    encoded(Buffer.from(Body), BrokerProperties, UserProperties),
  );
}

function parsed<Value>(schema: z.ZodType<Value>, json: string, what: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new BadMessageError(`${what} must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  throw new BadMessageError(`${what} is not usable: ${issues.join("; ")}`);
}

function encoded(
  body: Buffer,
  properties: BrokerProperties,
  userProperties?: Record<string, z.infer<typeof userProperty>>,
): Buffer {
  const message: Record<string, unknown> = {
    body: rhea.message.data_section(body) as unknown,
    message_id: properties.MessageId,
    correlation_id: properties.CorrelationId,
    subject: properties.Label,
    content_type: properties.ContentType,
    reply_to: properties.ReplyTo,
    to: properties.To,
    group_id: properties.SessionId,
    reply_to_group_id: properties.ReplyToSessionId,
    ttl: properties.TimeToLive === undefined ? undefined : Math.min(properties.TimeToLive * 1_000, 0xffff_ffff),
    application_properties: userProperties,
  };
  if (properties.PartitionKey !== undefined) {
    message.message_annotations = { "x-opt-partition-key": properties.PartitionKey };
  }
  return rhea.message.encode(message);
}
