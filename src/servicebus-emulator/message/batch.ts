import { binaryOf, DATA, MalformedMessageError, splitSections } from "./sections.ts";

/**
 * The messages in a batch: each data section of the envelope holds one. The envelope repeats the first one's properties, which are
 * to be ignored.
 * @throws {MalformedMessageError}
 */
export function messagesOfBatch(envelope: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (const section of splitSections(envelope)) {
    if (section.code === DATA) messages.push(binaryOf(envelope, section));
  }
  if (messages.length === 0) throw new MalformedMessageError("the batch holds no message");
  return messages;
}
