import type { Queue } from "./queue.ts";

/**
 * What the management API says about queues, in the form that the JavaScript and the Go SDK parse. The Go SDK, and with it KEDA's operator,
 * crashes on an entry without id, title, dates or CountDetails; the JavaScript SDK wants CountDetails' children under its one declared prefix.
 */

export const ATOM_ENTRY = "application/atom+xml;type=entry;charset=utf-8";
export const ATOM_FEED = "application/atom+xml;type=feed;charset=utf-8";
export const XML = "application/xml; charset=utf-8";

const COUNTS = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

/** When a queue was made, changed, used: all the same here, since queues come and go with the emulator. */
export interface QueueDates {
  readonly createdAt: Date;
}

/** @param origin as in `https://host:443`. */
export function queueEntry(queue: Queue, origin: string, apiVersion: string, dates: QueueDates): string {
  return entryElement(queue, origin, apiVersion, dates, ` xmlns="http://www.w3.org/2005/Atom"`);
}

/** One page of the list of queues. @param nextHref address of the next page, if there is one. */
export function queueFeed(
  queues: readonly Queue[],
  origin: string,
  apiVersion: string,
  dates: QueueDates,
  links: { readonly selfHref: string; readonly nextHref: string | undefined },
): string {
  const next = links.nextHref === undefined ? "" : `<link rel="next" href="${escaped(links.nextHref)}"/>`;
  return (
    `<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Queues</title><id>${escaped(links.selfHref)}</id>` +
    `<updated>${dates.createdAt.toISOString()}</updated><link rel="self" href="${escaped(links.selfHref)}"/>${next}` +
    `${queues.map((queue) => entryElement(queue, origin, apiVersion, dates, "")).join("")}</feed>`
  );
}

/** The management API's error body. */
export function errorBody(status: number, detail: string): string {
  return `<Error><Code>${status}</Code><Detail>${escaped(detail)}</Detail></Error>`;
}

function entryElement(queue: Queue, origin: string, apiVersion: string, dates: QueueDates, namespace: string): string {
  const id = `${origin}/${encodeURI(queue.name)}?api-version=${encodeURIComponent(apiVersion)}`;
  const date = dates.createdAt.toISOString();
  return (
    `<entry${namespace}><id>${escaped(id)}</id><title type="text">${escaped(queue.name)}</title>` +
    `<published>${date}</published><updated>${date}</updated><author><name>servicebus-emulator</name></author>` +
    `<link rel="self" href="${escaped(id)}"/>` +
    `<content type="application/xml">${queueDescription(queue, date)}</content></entry>`
  );
}

function queueDescription({ main, deadLetter, lockDurationMs, maxDeliveryCount }: Queue, date: string): string {
  // Messages under a lock are active to Service Bus: a busy worker's messages are still to be done.
  const active = main.activeCount + main.lockedCount;
  const dead = deadLetter.activeCount + deadLetter.lockedCount;
  const count = (name: string, value: number): string => `<d2p1:${name}>${value}</d2p1:${name}>`;
  // In the order that the service uses.
  const fields: [name: string, value: string | number | boolean][] = [
    ["LockDuration", isoDuration(lockDurationMs)],
    ["MaxSizeInMegabytes", 1024],
    ["RequiresDuplicateDetection", false],
    ["RequiresSession", false],
    ["DefaultMessageTimeToLive", "P10675199DT2H48M5.4775807S"],
    ["DeadLetteringOnMessageExpiration", false],
    ["DuplicateDetectionHistoryTimeWindow", "PT10M"],
    ["MaxDeliveryCount", maxDeliveryCount],
    ["EnableBatchedOperations", true],
    ["SizeInBytes", main.sizeBytes + deadLetter.sizeBytes],
    ["MessageCount", active + dead],
    ["IsAnonymousAccessible", false],
    ["Status", "Active"],
    ["CreatedAt", date],
    ["UpdatedAt", date],
    ["AccessedAt", date],
    ["SupportOrdering", true],
  ];
  const countDetails =
    `<CountDetails xmlns:d2p1="${COUNTS}">${count("ActiveMessageCount", active)}` +
    `${count("DeadLetterMessageCount", dead)}${count("ScheduledMessageCount", 0)}` +
    `${count("TransferMessageCount", 0)}${count("TransferDeadLetterMessageCount", 0)}</CountDetails>`;
  const rest: typeof fields = [
    ["AutoDeleteOnIdle", "P10675199DT2H48M5.4775807S"],
    ["EnablePartitioning", false],
    ["EntityAvailabilityStatus", "Available"],
    ["EnableExpress", false],
  ];
  return (
    `<QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"` +
    ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance">` +
    `${elements(fields)}${countDetails}${elements(rest)}</QueueDescription>`
  );
}

function elements(fields: readonly (readonly [name: string, value: string | number | boolean])[]): string {
  return fields.map(([name, value]) => `<${name}>${value}</${name}>`).join("");
}

function isoDuration(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  const seconds = (durationMs % 60_000) / 1_000;
  return `PT${minutes === 0 ? "" : `${minutes}M`}${seconds === 0 && minutes > 0 ? "" : `${seconds}S`}`;
}

function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
