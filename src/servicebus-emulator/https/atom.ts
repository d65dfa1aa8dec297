import type { Queue } from "../broker/contract.ts";
import { escapeXml } from "./escapeXml.ts";
import { writeQueueDescription } from "./queueDescription.ts";

/**
 * What the management API says, in the form that the JavaScript and the Go SDK parse. The Go SDK, and with it KEDA's operator,
 * crashes on an entry without id, title, dates or CountDetails; the JavaScript SDK wants CountDetails' children under its one declared
 * prefix, and takes a queue's name from the path in its id.
 */

export const ATOM_ENTRY = "application/atom+xml;type=entry;charset=utf-8";
export const ATOM_FEED = "application/atom+xml;type=feed;charset=utf-8";
export const XML = "application/xml; charset=utf-8";

/** What the emulator calls its namespace. */
const NAMESPACE_NAME = "servicebus-emulator";

/** Where a client has asked: what it is told leads back there. */
export interface Asked {
  /** As in `https://host:443`. */
  readonly origin: string;
  readonly apiVersion: string;
}

export function queueEntry(queue: Queue, asked: Asked): string {
  return entryOf(queue, asked, ATOM_NAMESPACE);
}

/** One page of the list of queues. @param nextHref address of the next page, if there is one. */
export function queueFeed(
  queues: readonly Queue[],
  asked: Asked,
  links: { readonly selfHref: string; readonly nextHref: string | undefined },
  nowMs: number,
): string {
  // Both links are needed: the JavaScript SDK sees a next page only among several.
  const next = links.nextHref === undefined ? "" : `<link rel="next" href="${escapeXml(links.nextHref)}"/>`;
  return (
    `<feed${ATOM_NAMESPACE}><title type="text">Queues</title><id>${escapeXml(links.selfHref)}</id>` +
    `<updated>${date(nowMs)}</updated><link rel="self" href="${escapeXml(links.selfHref)}"/>${next}` +
    `${queues.map((queue) => entryOf(queue, asked, "")).join("")}</feed>`
  );
}

/**
 * What the service answers for the namespace itself and for a queue that does not exist, with status 200: the Go SDK knows by its title that
 * there is no such queue, the JavaScript SDK by its having no entry.
 */
export function emptyFeed(nowMs: number): string {
  return (
    `<feed${ATOM_NAMESPACE}><title type="text">Publicly Listed Services</title>` +
    `<subtitle type="text">This is the list of publicly-listed services currently available.</subtitle>` +
    `<id>urn:servicebus-emulator:services</id><updated>${date(nowMs)}</updated><generator>Service Bus 1.1</generator></feed>`
  );
}

/** The namespace: premium, as its message size is. */
export function namespaceEntry({ origin, apiVersion }: Asked, createdAtMs: number): string {
  const created = date(createdAtMs);
  const info =
    `<NamespaceInfo xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"` +
    ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><CreatedTime>${created}</CreatedTime>` +
    `<MessagingSKU>Premium</MessagingSKU><MessagingUnits>1</MessagingUnits><ModifiedTime>${created}</ModifiedTime>` +
    `<Name>${NAMESPACE_NAME}</Name><NamespaceType>Messaging</NamespaceType></NamespaceInfo>`;
  const id = `${origin}/$namespaceinfo?api-version=${encodeURIComponent(apiVersion)}`;
  return entry({ id, title: NAMESPACE_NAME, published: created, updated: created, content: info }, ATOM_NAMESPACE);
}

/** The service's error body. */
export function errorBody(status: number, detail: string): string {
  return `<Error><Code>${status}</Code><Detail>${escapeXml(detail)}</Detail></Error>`;
}

const ATOM_NAMESPACE = ` xmlns="http://www.w3.org/2005/Atom"`;

function entryOf(queue: Queue, { origin, apiVersion }: Asked, namespace: string): string {
  const id = `${origin}/${encodeURI(queue.name)}?api-version=${encodeURIComponent(apiVersion)}`;
  const [published, updated] = [date(queue.createdAtMs), date(queue.updatedAtMs)];
  return entry({ id, title: queue.name, published, updated, content: writeQueueDescription(queue) }, namespace);
}

function entry(
  parts: Readonly<Record<"id" | "title" | "published" | "updated" | "content", string>>,
  namespace: string,
): string {
  return (
    `<entry${namespace}><id>${escapeXml(parts.id)}</id><title type="text">${escapeXml(parts.title)}</title>` +
    `<published>${parts.published}</published><updated>${parts.updated}</updated>` +
    `<author><name>${NAMESPACE_NAME}</name></author><link rel="self" href="${escapeXml(parts.id)}"/>` +
    `<content type="application/xml">${parts.content}</content></entry>`
  );
}

function date(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
