import { map, section, text } from "./encoding.ts";
import { APPLICATION_PROPERTIES, compoundItems, splitSections, textOf } from "./sections.ts";

/** A stored message with some application properties set; the others, and everything else, keep their bytes. */
export function withApplicationProperties(stored: Buffer, changes: ReadonlyMap<string, Buffer>): Buffer {
  if (changes.size === 0) return stored;
  const sections = splitSections(stored);
  const properties = sections.find(({ code }) => code === APPLICATION_PROPERTIES);
  const entries = properties === undefined ? [] : compoundItems(stored, properties.valueStart);
  const items: Buffer[] = [];
  for (let index = 0; index + 1 < entries.length; index += 2) {
    const [key, value] = [entries[index], entries[index + 1]];
    if (key !== undefined && value !== undefined && !changes.has(textOf(key))) items.push(key, value);
  }
  for (const [key, value] of changes) items.push(text(key), value);

  const insertAt = (properties ?? sections.find(({ code }) => code > APPLICATION_PROPERTIES))?.start ?? stored.length;
  return Buffer.concat([
    stored.subarray(0, insertAt),
    section(APPLICATION_PROPERTIES, map(items)),
    stored.subarray(properties?.end ?? insertAt),
  ]);
}

/** The properties under which Service Bus notes why a message is in the dead-letter queue. */
export function deadLetterProperties(reason: string | undefined, description: string | undefined): Map<string, Buffer> {
  const properties = new Map<string, Buffer>();
  if (reason !== undefined) properties.set("DeadLetterReason", text(reason));
  if (description !== undefined) properties.set("DeadLetterErrorDescription", text(description));
  return properties;
}
