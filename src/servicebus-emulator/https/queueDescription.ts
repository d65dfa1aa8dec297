import type * as z from "zod";
import type { Queue } from "../broker/contract.ts";
import { queueProperties, type QueueProperties } from "../model/properties.ts";
import { formatIsoDuration, parseIsoDuration } from "../config/isoDuration.ts";
import { MAX_MESSAGE_SIZE_BYTES } from "../message/incoming.ts";
import { HttpError, notImplemented } from "./answer.ts";
import { escapeXml } from "./escapeXml.ts";
import type { Elements } from "./queueEntry.ts";

/**
 * A queue's properties as the management API writes them: `QueueDescription`,
 * {@link https://learn.microsoft.com/en-us/rest/api/servicebus/queue-description}.
 */

const MAX_MESSAGE_SIZE_KILOBYTES = MAX_MESSAGE_SIZE_BYTES / 1024;

const COUNTS = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

/** .NET's zero time, which Azure tells of a queue that nobody has used. */
const NEVER = "0001-01-01T00:00:00Z";

/** From this version of the API on a queue can say how large its messages may be. */
const MESSAGE_SIZE_SINCE = "2021-05";

type Kind = "duration" | "whole number" | "boolean" | "text";

/** The elements that set something, each with the property that it sets. */
const SETTABLE: Readonly<Record<string, { readonly property: keyof QueueProperties; readonly kind: Kind }>> = {
  LockDuration: { property: "lockDurationMs", kind: "duration" },
  MaxSizeInMegabytes: { property: "maxSizeMegabytes", kind: "whole number" },
  RequiresDuplicateDetection: { property: "requiresDuplicateDetection", kind: "boolean" },
  DefaultMessageTimeToLive: { property: "defaultTimeToLiveMs", kind: "duration" },
  DeadLetteringOnMessageExpiration: { property: "deadLetteringOnExpiration", kind: "boolean" },
  DuplicateDetectionHistoryTimeWindow: { property: "duplicateDetectionWindowMs", kind: "duration" },
  MaxDeliveryCount: { property: "maxDeliveryCount", kind: "whole number" },
  AutoDeleteOnIdle: { property: "autoDeleteOnIdleMs", kind: "duration" },
  EnableBatchedOperations: { property: "enableBatchedOperations", kind: "boolean" },
  Status: { property: "status", kind: "text" },
  UserMetadata: { property: "userMetadata", kind: "text" },
};

/** Elements that ask for what this emulator does not do, unless they say that it is not asked for. */
const UNSUPPORTED: Readonly<
  Record<string, { readonly feature: string; readonly asked: (value: string | undefined) => boolean }>
> = {
  RequiresSession: { feature: "Sessions (RequiresSession) are", asked: isTrue },
  EnablePartitioning: { feature: "Partitioning (EnablePartitioning) is", asked: isTrue },
  IsAnonymousAccessible: { feature: "Access without a token (IsAnonymousAccessible) is", asked: isTrue },
  ForwardTo: { feature: "Forwarding (ForwardTo) is", asked: isGiven },
  ForwardDeadLetteredMessagesTo: { feature: "Forwarding (ForwardDeadLetteredMessagesTo) is", asked: isGiven },
  // A list with a rule has elements, and so no text.
  AuthorizationRules: { feature: "Keys of a queue's own (AuthorizationRules) are", asked: (value) => value !== "" },
};

/** Elements that only report, or that change nothing here; clients send back what they were told. */
const WITHOUT_EFFECT = new Set([
  "SizeInBytes",
  "MessageCount",
  "CountDetails",
  "CreatedAt",
  "UpdatedAt",
  "AccessedAt",
  "EntityAvailabilityStatus",
  "EnableExpress",
  "SupportOrdering",
  "FilteringMessagesBeforePublishing",
  "EnableSubscriptionPartitioning",
]);

/**
 * What a description sets.
 * @throws {HttpError} 400 naming the element, what it says and what would be right; 501 when it asks for what this emulator does not do.
 */
export function readQueueDescription(elements: Elements, apiVersion = MESSAGE_SIZE_SINCE): Partial<QueueProperties> {
  const properties: Partial<Record<keyof QueueProperties, unknown>> = {};
  for (const [name, value] of elements) {
    const settable = Object.hasOwn(SETTABLE, name) ? SETTABLE[name] : undefined;
    const unsupported = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (settable !== undefined) {
      properties[settable.property] = parsed(name, value, settable);
    } else if (unsupported !== undefined) {
      if (unsupported.asked(value)) throw notImplemented(unsupported.feature);
    } else if (name === "MaxMessageSizeInKilobytes") {
      if (apiVersion < MESSAGE_SIZE_SINCE) {
        throw new HttpError(
          400,
          `SubCode=40000. ${name} is not known to api-version ${apiVersion}; want ${MESSAGE_SIZE_SINCE}.`,
        );
      }
      const kilobytes = Number(value);
      if (!(kilobytes <= MAX_MESSAGE_SIZE_KILOBYTES)) {
        throw wrong(name, value, `a whole number, at most ${MAX_MESSAGE_SIZE_KILOBYTES}`);
      }
    } else if (!WITHOUT_EFFECT.has(name)) {
      throw new HttpError(400, `SubCode=40000. A QueueDescription has no element ${name}.`);
    }
  }
  // Each was parsed by the schema of its own property.
  return properties as Partial<QueueProperties>;
}

/** A queue as `QueueDescription`, its elements in the order that the service uses. */
export function writeQueueDescription(queue: Queue): string {
  const { main, deadLetter, properties } = queue;
  // A locked message is still to be done, and a deferred one stays in the queue "along with all other active messages":
  // https://learn.microsoft.com/en-us/azure/service-bus-messaging/message-deferral. So the service counts both as active.
  const { scheduled } = main.counts;
  const active = main.counts.active + main.counts.locked + main.counts.deferred;
  const dead = deadLetter.counts.active + deadLetter.counts.locked + deadLetter.counts.deferred;
  const at = (timeMs: number): string => new Date(timeMs).toISOString();
  return (
    `<QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"` +
    ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance">` +
    element("LockDuration", formatIsoDuration(properties.lockDurationMs)) +
    element("MaxSizeInMegabytes", properties.maxSizeMegabytes) +
    element("RequiresDuplicateDetection", properties.requiresDuplicateDetection) +
    element("RequiresSession", false) +
    element("DefaultMessageTimeToLive", formatIsoDuration(properties.defaultTimeToLiveMs)) +
    element("DeadLetteringOnMessageExpiration", properties.deadLetteringOnExpiration) +
    element("DuplicateDetectionHistoryTimeWindow", formatIsoDuration(properties.duplicateDetectionWindowMs)) +
    element("MaxDeliveryCount", properties.maxDeliveryCount) +
    element("EnableBatchedOperations", properties.enableBatchedOperations) +
    element("SizeInBytes", main.counts.sizeBytes + deadLetter.counts.sizeBytes) +
    element("MessageCount", active + scheduled + dead) +
    element("IsAnonymousAccessible", false) +
    element("AuthorizationRules", "") +
    element("Status", properties.status) +
    // The clients tell an absent text from an empty one.
    (properties.userMetadata === "" ? "" : element("UserMetadata", properties.userMetadata)) +
    element("CreatedAt", at(queue.createdAtMs)) +
    element("UpdatedAt", at(queue.updatedAtMs)) +
    element("AccessedAt", queue.accessedAtMs === undefined ? NEVER : at(queue.accessedAtMs)) +
    element("SupportOrdering", true) +
    `<CountDetails xmlns:d2p1="${COUNTS}">` +
    element("d2p1:ActiveMessageCount", active) +
    element("d2p1:DeadLetterMessageCount", dead) +
    element("d2p1:ScheduledMessageCount", scheduled) +
    element("d2p1:TransferMessageCount", 0) +
    element("d2p1:TransferDeadLetterMessageCount", 0) +
    `</CountDetails>` +
    element("AutoDeleteOnIdle", formatIsoDuration(properties.autoDeleteOnIdleMs)) +
    element("EnablePartitioning", false) +
    element("EntityAvailabilityStatus", "Available") +
    element("EnableExpress", false) +
    element("MaxMessageSizeInKilobytes", MAX_MESSAGE_SIZE_KILOBYTES) +
    `</QueueDescription>`
  );
}

function element(name: string, value: string | number | boolean): string {
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

function parsed(
  name: string,
  text: string | undefined,
  { property, kind }: { readonly property: keyof QueueProperties; readonly kind: Kind },
): unknown {
  const value = text === undefined ? undefined : read(kind, text);
  if (value === undefined) throw wrong(name, text, kind === "duration" ? "a duration as in PT1M" : `a ${kind}`);
  const result = queueProperties.shape[property].safeParse(value);
  if (result.success) return result.data;
  throw wrong(name, text, result.error.issues.map((issue) => limitOf(issue, kind)).join(" and "));
}

function read(kind: Kind, text: string): string | number | boolean | undefined {
  switch (kind) {
    case "duration":
      return parseIsoDuration(text);
    case "whole number":
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case "boolean":
      // As XML Schema has it.
      return isTrue(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
    case "text":
      return text;
  }
}

/** The limit that an issue is about, in the element's own terms. */
function limitOf(issue: z.core.$ZodIssue, kind: Kind): string {
  const shown = (limit: number | bigint): string =>
    kind === "duration" ? formatIsoDuration(Number(limit)) : `${limit}${kind === "text" ? " characters" : ""}`;
  if (issue.code === "too_small") return `at least ${shown(issue.minimum)}`;
  if (issue.code === "too_big") return `at most ${shown(issue.maximum)}`;
  if (issue.code === "invalid_value") return `one of ${issue.values.join(", ")}`;
  return issue.message;
}

/** In the words of the service: {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-resource-manager-exceptions}. */
function wrong(name: string, value: string | undefined, want: string): HttpError {
  return new HttpError(
    400,
    `SubCode=40000. The value of ${name} must be ${want}. Parameter name: ${name}. Actual value was ${value ?? "a list of elements"}.`,
  );
}

export function isTrue(value: string | undefined): boolean {
  return /^(true|1)$/i.test(value ?? "");
}

function isGiven(value: string | undefined): boolean {
  return value !== "";
}
