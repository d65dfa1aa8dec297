import { XMLParser, XMLValidator } from "fast-xml-parser";
import { HttpError, notImplemented } from "./answer.ts";

/**
 * The largest entry that is read, in bytes. A description with everything set has about 2 kB; the rest is for `UserMetadata`, whose 1,024
 * characters can be six bytes each when escaped.
 */
export const MAX_ENTRY_BYTES = 16 * 1024;

const WANT = `want <entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">…`;

/** What a client may ask to be made besides queues, by the element that describes it. */
const OTHER_DESCRIPTIONS: Readonly<Record<string, string>> = {
  TopicDescription: "Topics are",
  SubscriptionDescription: "Subscriptions are",
  RuleDescription: "Rules are",
  EventHubDescription: "Event hubs are",
};

/** Elements of a description; one with elements of its own has no text. */
export type Elements = ReadonlyMap<string, string | undefined>;

// Prefixes differ from client to client (Python's writes `ns0:entry`), and no two namespaces here share a name.
// Entities are resolved by `unescapeXml`: there are only XML's own, since a document type is refused.
const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/**
 * Reads the ATOM entry with which the admin clients create and change a queue.
 * @returns the elements of its `QueueDescription`.
 * @throws {HttpError} 400 when it is none, 501 when it describes something else.
 */
export function readQueueEntry(xml: string): Elements {
  // Before anything looks at it: a document type could define entities that grow without bound.
  if (/<!doctype/i.test(xml)) throw new HttpError(400, "The body must not have a document type.");
  if (xml.trim() === "") throw new HttpError(400, `The body is empty; ${WANT}`);
  const document = parse(xml);
  const description = descend(descend(document, "entry"), "content");
  const [[name, elements] = [], ...others] = Object.entries(description);
  if (name === undefined || others.length > 0) {
    throw new HttpError(
      400,
      `<content> must have one element, got ${1 + others.length - (name === undefined ? 1 : 0)}; ${WANT}`,
    );
  }
  const other = OTHER_DESCRIPTIONS[name];
  if (other !== undefined) throw notImplemented(other);
  if (name !== "QueueDescription") throw new HttpError(400, `<content> has <${name}>; ${WANT}`);
  return elementsOf(elements);
}

function parse(xml: string): unknown {
  // The parser alone takes a document that is cut off. The package that is to follow the validator has the same code, and would be one more.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const valid = XMLValidator.validate(xml);
  if (valid !== true) {
    throw new HttpError(400, `The body is not XML: line ${valid.err.line}, column ${valid.err.col}: ${valid.err.msg}`);
  }
  try {
    return parser.parse(xml);
  } catch (error) {
    throw new HttpError(400, `The body is not XML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function descend(parent: unknown, name: string): Record<string, unknown> {
  const child = isElement(parent) ? parent[name] : undefined;
  if (isElement(child)) return child;
  throw new HttpError(400, `The body has ${Array.isArray(child) ? "more than one" : "no"} <${name}>; ${WANT}`);
}

function elementsOf(description: unknown): Elements {
  // Without elements it is its text, which is white space at most.
  if (!isElement(description)) return new Map();
  const elements = new Map<string, string | undefined>();
  for (const [name, value] of Object.entries(description)) {
    if (name === "#text") continue;
    if (Array.isArray(value)) throw new HttpError(400, `<${name}> is there ${value.length} times; want it once.`);
    elements.set(name, typeof value === "string" ? unescapeXml(value).trim() : undefined);
  }
  return elements;
}

function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const codePoint = decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal);
      return codePoint <= 0x10_ffff ? String.fromCodePoint(codePoint) : whole;
    },
  );
}
