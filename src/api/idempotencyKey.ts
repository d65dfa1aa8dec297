import { createHash } from "node:crypto";
import * as z from "zod";

const MAX_LENGTH = 255;

/** A string of {@link https://www.rfc-editor.org/rfc/rfc9651#name-strings | structured fields}, in quotes. */
const quoted = `"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,${MAX_LENGTH}}"`;
/** The same without quotes, as many clients send it; no character that would need them. */
const bare = `[!#-+\\--:<-\\[\\]-~]{1,${MAX_LENGTH}}`;

/**
 * The header `Idempotency-Key` as the
 * {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ | IETF's draft} has it, and without its quotes: `"k"` and `k` are one key.
 */
export const idempotencyKey = z
  .string()
  .regex(new RegExp(`^(?:${quoted}|${bare})$`), {
    error: `want 1 to ${MAX_LENGTH} printable ASCII characters, in double quotes where there is a blank, a comma or a semicolon`,
  })
  .transform((text) => (text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") : text));

/** So that nobody else's hash of the same key gives the same id. */
const NAMESPACE = "urn:ownsignal:idempotency-key:";

/**
 * The confirmation id that belongs to a key: the same for every replica and every repeat, so a queue with duplicate detection drops the second message.
 * A UUID of {@link https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8 | version 8} from SHA-256: version 5 prescribes SHA-1, for which two keys with one id can be made.
 */
export function confirmationIdOf(key: string): string {
  const bytes = createHash("sha256").update(NAMESPACE).update(key).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
